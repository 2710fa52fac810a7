// A peer connection without a network: the signalling states of WebRTC, enough to negotiate with another one.

type Description = { type: "offer" | "answer"; sdp: string };

let made = 0;

/** Behaves like RTCPeerConnection where negotiation looks: states, implicit descriptions, rollback, refusals. */
export class FakePeer extends EventTarget {
  readonly name: string;
  signalingState: "stable" | "have-local-offer" | "have-remote-offer" | "closed" = "stable";
  connectionState: RTCPeerConnectionState = "new";
  localDescription: Description | null = null;
  remoteDescription: Description | null = null;
  candidates: string[] = [];
  restarts = 0;
  rollbacks = 0;
  closed = false;
  transceivers: FakeTransceiver[] = [];
  channel = new FakeChannel();
  #offers = 0;

  constructor(name = `peer-${++made}`) {
    super();
    this.name = name;
  }

  async setLocalDescription(): Promise<void> {
    const answering = this.signalingState === "have-remote-offer";
    await Promise.resolve();
    if (this.signalingState === "closed") throw new DOMException("closed", "InvalidStateError");
    if (answering) {
      this.localDescription = { type: "answer", sdp: `${this.name} answers ${this.remoteDescription?.sdp}` };
      this.signalingState = "stable";
    } else {
      this.localDescription = { type: "offer", sdp: `${this.name}#${++this.#offers}` };
      this.signalingState = "have-local-offer";
    }
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve();
    if (description.type === "offer") {
      if (this.signalingState === "have-local-offer") this.rollbacks++;
      this.signalingState = "have-remote-offer";
    } else {
      if (this.signalingState !== "have-local-offer") {
        throw new DOMException(`an answer in ${this.signalingState}`, "InvalidStateError");
      }
      this.signalingState = "stable";
    }
    this.remoteDescription = { type: description.type as "offer", sdp: description.sdp ?? "" };
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.remoteDescription === null) throw new DOMException("no remote description", "InvalidStateError");
    if (candidate.candidate?.startsWith("bad") === true) throw new DOMException("unknown", "OperationError");
    this.candidates.push(candidate.candidate ?? "");
  }

  addTransceiver(what: MediaStreamTrack | string): FakeTransceiver {
    const transceiver = new FakeTransceiver(what);
    this.transceivers.push(transceiver);
    queueMicrotask(() => this.dispatchEvent(new Event("negotiationneeded")));
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  createDataChannel(): FakeChannel {
    return this.channel;
  }

  restartIce(): void {
    this.restarts++;
    this.dispatchEvent(new Event("negotiationneeded"));
  }

  connect(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  close(): void {
    this.closed = true;
    this.signalingState = "closed";
  }

  /** As the browser's type, for the code under test. */
  asPeer(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }
}

class FakeTransceiver {
  direction = "sendrecv";
  receiver: { track: { kind: string } };
  sender: { track: unknown; replaceTrack(track: unknown): Promise<void> };

  constructor(what: MediaStreamTrack | string) {
    const track = typeof what === "string" ? null : what;
    this.receiver = { track: { kind: typeof what === "string" ? what : what.kind } };
    const sender = {
      track: track as unknown,
      async replaceTrack(next: unknown) {
        sender.track = next;
      },
    };
    this.sender = sender;
  }
}

class FakeChannel extends EventTarget {
  readyState = "open";
  sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }
}
