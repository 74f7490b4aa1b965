// Small helpers to build elements; text is always set through textContent.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  up: "M7 11v9H4v-9zM7 11l4-7c1.5 0 2.5 1 2.5 2.5L13 10h5.5a1.8 1.8 0 0 1 1.7 2.2l-1.4 6.2A2 2 0 0 1 16.9 20H7",
  down: "M7 13V4H4v9zM7 13l4 7c1.5 0 2.5-1 2.5-2.5L13 14h5.5a1.8 1.8 0 0 0 1.7-2.2l-1.4-6.2A2 2 0 0 0 16.9 4H7",
};

export function el(tag, attributes = {}) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else node.setAttribute(name, value);
  }
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export const byId = (id) => document.getElementById(id);
