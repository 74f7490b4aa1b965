// Keys on the review page: j and k move between facts, a accepts, r rejects, e edits. Nothing needs them.
const facts = [...document.querySelectorAll(".fact")];
const typing = (element) => element.closest("input, textarea, select") !== null;

function current() {
  const focused = document.activeElement?.closest(".fact");
  return focused ?? document.querySelector(".fact:target") ?? null;
}

function move(step) {
  const at = facts.indexOf(current());
  const next = facts[Math.min(facts.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "center" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else current()?.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});

// A page that shows work in progress looks again by itself.
const again = document.querySelector("[data-again]");
if (again) setTimeout(() => location.reload(), Number(again.dataset.again) * 1000);

document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

// Pressed once is enough: a second click while the first is on its way would only be refused.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
