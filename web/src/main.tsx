// The entry of the app: draws it into the page.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import "./base.css";
import "@fairminute/react/styles.css";
import "./app.css";
import "./entry.css";
import "./lab.css";

const place = document.getElementById("app");
if (place === null) throw new Error("index.html has no #app");
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
