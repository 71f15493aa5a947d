// Downloads that tell how far they are. The browser downloads by itself, as by a plain link;
// this asks the server beside it, by a name made up here, and may have it ended. What is
// refused for want of a place is asked for again. Only beginnings and ends are announced.
(() => {
  "use strict";
  const ASK_MS = 700;
  const UNSEEN = 60; // questions, until a download that never began is given up
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const number = (n) => n.toLocaleString("en");
  const posts = (n) => `${number(n)} ${n === 1 ? "post" : "posts"}`;
  const size = (n) => (n < 1e6 ? `${Math.max(1, Math.round(n / 1e3))} kB` : `${(n / 1e6).toFixed(1)} MB`);

  // A page that says that there is no place: it tries again by itself.
  const retry = document.querySelector("[data-retry]");
  const again = async () => {
    for (let left = Number(retry.dataset.retry); left > 0; left--) {
      retry.textContent = `This page tries again by itself in ${left} s.`;
      retry.setAttribute("aria-live", "off");
      await wait(1000);
    }
    retry.setAttribute("aria-live", "polite");
    retry.textContent = "Asked again. Where the download begins, this page can be closed.";
    location.replace(retry.dataset.again);
  };
  if (retry) again();

  const panel = document.querySelector("[data-progress]");
  if (!panel) return;
  const told = panel.querySelector("[data-told]");
  const bar = panel.querySelector("progress");
  const cancel = panel.querySelector("[data-cancel]");
  const said = document.querySelector("[data-said]");
  const say = (text) => { said.textContent = text; };
  let current = null; // {name, watch, cancelled}

  const name = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  const ask = async (watch) => {
    const answer = await fetch(panel.dataset.progress + watch, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const show = (text, share) => {
    told.textContent = text;
    if (share === undefined) bar.removeAttribute("value");
    else bar.value = share;
  };

  const begin = (href, watch) => {
    const link = document.createElement("a");
    link.href = `${href}&watch=${watch}`;
    link.download = "";
    link.click();
  };

  const draw = (at) => {
    if (at.state === "choosing") show("Choosing the posts …");
    else if (at.size && at.state === "sending") show(`${size(at.sent)} of ${size(at.size)} handed out.`, at.sent / at.size);
    else {
      const written = Math.round(at.done * (at.posts ?? 0));
      // Of a pack or a workbook there are no bytes before it is whole.
      const bytes = at.written ? `, ${size(at.written)}; ${size(at.sent)} handed out` : "";
      show(`About ${number(written)} of ${posts(at.posts ?? 0)} written${bytes}.`, at.done);
    }
  };

  const ended = (job, at) => {
    if (at.state !== "done") {
      return job.cancelled ? `${job.name}: cancelled; nothing of it is kept.` : `${job.name}: it ended early. ${at.problem ?? ""}`;
    }
    const whole = `${job.name}: done, ${posts(at.posts ?? 0)}, ${size(at.sent)}.`;
    if (!at.fingerprint) return whole;
    return `${whole} Its fingerprint, to be kept in another place: ${at.fingerprint}. It is the SHA-256 of manifest.json in the pack. “How to check it” above says what to do with it.`;
  };

  // Waits for a place without beginning anything: a browser asks before it lets a page begin
  // several downloads.
  const place = async (job) => {
    for (;;) {
      const at = await ask(job.watch);
      if (!at.wait || job.cancelled) return;
      show(`${at.problem} Trying again in ${at.wait} s.`);
      await wait(at.wait * 1000);
    }
  };

  const follow = async (job, href) => {
    await place(job);
    if (job.cancelled) return ended(job, { state: "stopped" });
    begin(href, job.watch);
    for (let unseen = 0; unseen < UNSEEN; ) {
      await wait(ASK_MS);
      const at = await ask(job.watch);
      if (at.state === "unknown") unseen++;
      else if (at.state === "refused") { job.watch = name(); return follow(job, href); }
      else if (at.state === "done" || at.state === "stopped") return ended(job, at);
      else draw(at);
    }
    return `${job.name}: the browser did not begin it.`;
  };

  const run = async (link) => {
    const job = { name: link.dataset.download, watch: name(), cancelled: false };
    current = job;
    panel.hidden = false;
    cancel.disabled = false;
    show(`${job.name} …`);
    say(`${job.name}: it begins.`);
    panel.scrollIntoView({ block: "nearest" });
    try {
      say(await follow(job, link.href));
    } catch {
      say(`${job.name}: how far it is cannot be told; the browser shows whether it goes on.`);
    }
    panel.hidden = true;
    said.scrollIntoView({ block: "nearest" });
    current = null;
  };

  cancel.addEventListener("click", () => {
    if (!current) return;
    current.cancelled = true;
    cancel.disabled = true;
    const body = new URLSearchParams({ csrftoken: panel.querySelector("[name=csrftoken]").value });
    fetch(panel.dataset.progress + current.watch, { method: "POST", body }).catch(() => {});
  });

  document.querySelectorAll("a[data-download]").forEach((link) => {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (current) say(`${current.name} is under way; one at a time.`);
      else run(link);
    });
  });
})();
