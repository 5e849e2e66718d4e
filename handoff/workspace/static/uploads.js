/** Files that go with a message: chosen, dropped, pasted or photographed, and sent ahead while one still types. */

import { Refusal } from "./api.js";
import { icon, make } from "./dom.js";
import { explainProblem } from "./people.js";
import { say } from "./texts.js";

/**
 * @typedef {object} Upload a file the server has, or is about to have
 * @property {string} id what the message names it by
 * @property {"image"|"voice"|"video"|"file"} kind
 * @property {string} name
 * @property {string} media empty until the server has it
 */
/** @typedef {{upload: Upload, file: File|null, problem: string}} Piece `file` is null for what an earlier page sent */

const LARGEST = 20 * 1024 * 1024;
const MOST = 5;
export const ACCEPT = "image/jpeg,image/png,image/gif,image/webp,audio/*,video/mp4,application/pdf,.docx,.xlsx";
const MEDIA = "/workspace/api/media/";

export class Tray {
  /** @type {Piece[]} */
  #pieces = [];
  #api;
  #changed;
  element = make("ul", { class: "tray", "aria-label": say("file.tray") });

  /**
   * @param {import("./api.js").Api} api
   * @param {() => void} changed
   */
  constructor(api, changed) {
    this.#api = api;
    this.#changed = changed;
    this.#draw();
  }

  /** What the server has. @returns {Upload[]} */
  get ready() {
    return this.#pieces.filter(({ upload }) => upload.media).map(({ upload }) => upload);
  }

  /** Whether something is still on its way, or did not get through. */
  get isBusy() {
    return this.#pieces.some(({ upload }) => !upload.media);
  }

  /** @param {readonly Upload[]} uploads of a draft */
  show(uploads) {
    this.#pieces = uploads.map((upload) => ({ upload, file: null, problem: "" }));
    this.#draw();
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) {
      if (this.#pieces.length >= MOST) break;
      /** @type {Upload} */
      const upload = { id: randomId(), kind: kindOf(file), name: file.name, media: "" };
      const piece = { upload, file, problem: file.size > LARGEST ? say("problem.too_large") : "" };
      this.#pieces.push(piece);
      if (!piece.problem) void this.#send(piece);
    }
    this.#settle();
  }

  /** @param {Piece} piece */
  async #send(piece) {
    const { upload, file } = piece;
    if (!file) return;
    piece.problem = "";
    try {
      const query = new URLSearchParams({ id: upload.id, name: upload.name });
      Object.assign(upload, await this.#api.upload(`/media?${query}`, file));
    } catch (error) {
      piece.problem = error instanceof Refusal ? explainProblem(error) : say("file.retry");
    }
    this.#settle();
  }

  /** @param {Piece} piece */
  #remove(piece) {
    this.#pieces = this.#pieces.filter((other) => other !== piece);
    this.#settle();
  }

  #settle() {
    this.#draw();
    this.#changed();
  }

  #draw() {
    this.element.hidden = !this.#pieces.length;
    this.element.replaceChildren(...this.#pieces.map((piece) => this.#drawPiece(piece)));
  }

  /** @param {Piece} piece */
  #drawPiece(piece) {
    const { upload, problem } = piece;
    const remove = make(
      "button",
      { type: "button", class: "remove", "aria-label": say("file.remove", { name: upload.name }), onclick: () => this.#remove(piece) },
      "×",
    );
    const state = problem || (upload.media ? "" : say("file.underway"));
    const again = problem && piece.file && piece.file.size <= LARGEST;
    return make(
      "li",
      { class: problem ? "failed" : "" },
      drawSign(upload),
      make("span", { class: "label", title: upload.name }, upload.name),
      state && make("small", { role: "status" }, state),
      again && make("button", { type: "button", onclick: () => void this.#send(piece) }, say("file.again")),
      remove,
    );
  }
}

/** @param {Upload} upload */
function drawSign({ kind, media }) {
  if (kind === "image" && media) return make("img", { src: MEDIA + media, alt: "" });
  return icon("attach");
}

/** @param {File} file */
function kindOf(file) {
  const family = file.type.split("/")[0];
  if (family === "image" || family === "video") return family;
  return family === "audio" ? "voice" : "file";
}

/** 128 random bits; `crypto.randomUUID` would need HTTPS, which a shop's own network may not have. */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
