// Contrast and text size without a page load, and a screen that is blank the moment "Leave quickly" is pressed.
// Without JavaScript the same forms do the same, one page later; nothing else depends on this file.
(function () {
  "use strict";
  var root = document.documentElement;
  var sizes = ["", "large", "larger"];

  function set(name, value) {
    if (value) root.setAttribute(name, value); else root.removeAttribute(name);
  }

  function show(form) {
    var theme = root.getAttribute("data-theme") || "";
    var text = root.getAttribute("data-text") || "";
    var contrast = form.querySelector("[name=theme]");
    contrast.value = theme === "contrast" ? "" : "contrast";
    contrast.setAttribute("aria-pressed", String(theme === "contrast"));
    form.querySelector("[name=text]").value = sizes[(sizes.indexOf(text) + 1) % sizes.length];
    form.querySelector("[name=was]").value = theme + "." + text;
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    var pressed = event.submitter;
    if (form.id !== "frame" || !pressed) return;
    if (pressed.hasAttribute("data-leave")) {
      root.hidden = true;
      document.title = "…";
    }
    if (!window.fetch || (pressed.name !== "theme" && pressed.name !== "text")) return;
    event.preventDefault();
    var sent = new URLSearchParams(new FormData(form));
    sent.set(pressed.name, pressed.value);
    set("data-" + pressed.name, pressed.value);
    show(form);
    fetch(form.action, { method: "POST", body: sent, credentials: "same-origin", redirect: "manual", keepalive: true }).catch(function () {});
  });

  // A page the browser kept whole would come back blank after "Leave quickly" and Back: ask for it anew.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && root.hidden) location.reload();
  });

  var summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
}());
