// Perfect negotiation (W3C WebRTC, section 10.7): both sides may offer at any time; in a collision the polite side gives way.

/** What travels between two connections of a call. */
export type Signal = { description?: RTCSessionDescriptionInit; candidate?: RTCIceCandidateInit };

export type NegotiatingPeer = Pick<
  RTCPeerConnection,
  | "signalingState"
  | "localDescription"
  | "remoteDescription"
  | "setLocalDescription"
  | "setRemoteDescription"
  | "addIceCandidate"
>;

export type Negotiation = {
  /** Makes an offer and sends it. */
  offer(): Promise<void>;
  /** Takes what the other side sent. Signals are taken one after another, in the order of the calls. */
  receive(signal: Signal): Promise<void>;
};

/**
 * Joins one peer to its counterpart. `beforeAnswer` runs after an offer was taken and before it is answered (to attach our
 * tracks to what was offered). Failures go to `onError`: a broken signal must not break the call.
 */
export function createNegotiation(world: {
  peer: NegotiatingPeer;
  polite: boolean;
  send: (signal: Signal) => void;
  beforeAnswer: () => Promise<void>;
  onError: (error: unknown) => void;
}): Negotiation {
  const { peer, polite, send } = world;
  let makingOffer = false;
  let settingAnswer = false;
  let ignoringOffer = false;
  let early: RTCIceCandidateInit[] = [];
  let queue: Promise<void> = Promise.resolve();

  const takeDescription = async (description: RTCSessionDescriptionInit) => {
    const readyForOffer = !makingOffer && (peer.signalingState === "stable" || settingAnswer);
    const collision = description.type === "offer" && !readyForOffer;
    ignoringOffer = !polite && collision;
    if (ignoringOffer) return;
    settingAnswer = description.type === "answer";
    try {
      await peer.setRemoteDescription(description);
    } finally {
      settingAnswer = false;
    }
    const waiting = early;
    early = [];
    for (const candidate of waiting) await peer.addIceCandidate(candidate);
    if (description.type !== "offer") return;
    await world.beforeAnswer();
    await peer.setLocalDescription();
    sendDescription(peer, send);
  };

  const takeCandidate = async (candidate: RTCIceCandidateInit) => {
    if (peer.remoteDescription === null) {
      // Candidates may overtake the description they belong to.
      if (!ignoringOffer) early.push(candidate);
      return;
    }
    try {
      await peer.addIceCandidate(candidate);
    } catch (error) {
      if (!ignoringOffer) throw error;
    }
  };

  return {
    async offer() {
      try {
        makingOffer = true;
        await peer.setLocalDescription();
        sendDescription(peer, send);
      } catch (error) {
        world.onError(error);
      } finally {
        makingOffer = false;
      }
    },
    receive(signal) {
      queue = queue
        .then(async () => {
          if (signal.description !== undefined) await takeDescription(signal.description);
          else if (signal.candidate !== undefined) await takeCandidate(signal.candidate);
        })
        .catch(world.onError);
      return queue;
    },
  };
}

/** Only the two fields that go over the wire: browser objects do not survive every serialiser. */
function sendDescription({ localDescription }: NegotiatingPeer, send: (signal: Signal) => void): void {
  if (localDescription === null) return;
  send({ description: { type: localDescription.type, sdp: localDescription.sdp } });
}
