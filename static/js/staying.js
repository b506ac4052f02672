// Says two minutes before a session ends that it will, with a button that keeps it; then that it has ended.
// A header of the page tells how long it lasts (elearn/web/staying.py). Without JavaScript nothing is said, and what is sent too late is kept.
(function () {
  "use strict";
  var SOON = 120000;
  var frame = document.getElementById("frame");
  var page = performance.getEntriesByType("navigation")[0];
  var told = ((page && page.serverTiming) || []).filter(function (each) { return each.name === "left"; })[0];
  if (!frame || !told) return;
  var address = frame.getAttribute("action").replace(/display$/, "account/stay");
  var idle, last, timer, said, cameFrom;
  var windows = window.BroadcastChannel ? new BroadcastChannel("staying") : null;

  var box = document.createElement("div");
  box.className = "staying";
  box.setAttribute("role", "status");
  frame.parentNode.after(box);

  function say(what, words, control) {
    if (said === what) return;
    said = what;
    box.textContent = "";
    if (!words) return;
    var text = document.createElement("p");
    text.textContent = words;
    box.append(text);
    if (control) box.append(control);
  }

  function button() {
    var made = document.createElement("button");
    made.className = "button small";
    made.setAttribute("form", "frame");
    made.setAttribute("formaction", address);
    made.textContent = "Stay signed in";
    made.addEventListener("focus", function (event) { if (event.relatedTarget) cameFrom = event.relatedTarget; });
    made.addEventListener("click", stay);
    return made;
  }

  function again() {
    var made = document.createElement("a");
    made.className = "button small";
    made.href = location.href.split("#")[0];
    made.textContent = "Sign in again";
    return made;
  }

  function look() {
    var now = Date.now();
    var end = Math.min(idle, last);
    clearTimeout(timer);
    if (now >= end) {
      say("ended", "You are signed out now. This keeps what you do here safe.", again());
    } else if (now < end - SOON) {
      if (said !== "kept") say("", "");
      timer = setTimeout(look, end - SOON - now);
    } else {
      if (idle < last) say("soon", "You will be signed out in 2 minutes, because nothing was sent for a while.", button());
      else say("last", "You will be signed out in 2 minutes, because you have been signed in for a long time. Save what you are doing, then sign in again.");
      timer = setTimeout(look, end - now);
    }
  }

  function take(left, since) {
    idle = since + left.split(" ")[0] * 1000;
    last = since + left.split(" ")[1] * 1000;
    look();
  }

  function stay(event) {
    if (!window.fetch) return;
    event.preventDefault();
    var since = Date.now();
    fetch(address, {
      method: "POST", body: new URLSearchParams(new FormData(frame)), credentials: "same-origin", headers: { Accept: "application/json" }
    }).then(function (answer) {
      if (answer.status === 401 || answer.status === 400) {
        idle = 0;
        return look();
      }
      if (!answer.ok) throw new Error();
      return answer.json().then(function (now) {
        var had = box.contains(document.activeElement);
        say("kept", "You are still signed in.");
        take(now.left, since);
        if (windows) windows.postMessage([now.left, since]);
        if (had) (cameFrom && cameFrom.isConnected ? cameFrom : document.getElementById("main")).focus({ preventScroll: true });
        setTimeout(function () { if (said === "kept") say("", ""); }, 10000);
      });
    }).catch(function () {
      if (said === "soon") say("unheard", "That did not get through. Check that you are connected, then press again.", button());
    });
  }

  take(told.description, Date.now() - performance.now());
  if (windows) {
    windows.onmessage = function (event) {
      if (event.data[1] + event.data[0].split(" ")[0] * 1000 > idle) take(event.data[0], event.data[1]);
    };
    windows.postMessage([told.description, Date.now()]);
  }
  // A computer that slept, or a page the browser kept whole, looks at the clock again.
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", look);
}());
