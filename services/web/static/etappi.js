// What scripts add to pages that work without them: nothing sent twice, drafts kept as one types, files dropped and sent
// with progress, the focus where the answer is. Texts come from the page, in its language.
(() => {
  "use strict";
  const DRAFT_AFTER = 1500, AGAIN_AFTER = 10000; // milliseconds
  const sending = new WeakSet(); // forms whose answer hasn't come
  const drafts = new WeakMap(); // form -> {typed, kept, timer}: how often it was typed into, and which of these is kept
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // ---- Sent once: the second click of a double click is dropped. The key in the form does the same on the server. ----

  const busy = (form, on) => {
    on ? sending.add(form) : sending.delete(form);
    for (const button of all("button", form)) {
      if (on) button.setAttribute("aria-disabled", "true"); else button.removeAttribute("aria-disabled");
      button.removeAttribute("aria-busy");
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (sending.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    busy(form, true);
    event.submitter?.setAttribute("aria-busy", "true");
    clearTimeout(drafts.get(form)?.timer);
  }, true);
  addEventListener("pageshow", () => all("form").forEach((form) => busy(form, false)));

  // ---- Drafts: kept a moment after the last key, outside of the log. ----

  const say = (form, what, bad = false) => {
    const status = form.querySelector("[data-draft-status]");
    if (!status) return;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit", timeZone: "Europe/Helsinki" });
    status.textContent = status.dataset[what].replace("{}", time);
    status.classList.toggle("bad", bad);
  };
  const keep = async (form) => {
    const draft = drafts.get(form);
    if (sending.has(form) || !form.isConnected) return;
    const typed = draft.typed;
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    say(form, "saving");
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: fields, redirect: "error", keepalive: fields.toString().length < 60000 });
      if (answer.ok) {
        draft.kept = typed;
        return say(form, "saved");
      }
      if (answer.status === 401) say(form, "ended", true); else say(form, "failed", true);
    } catch {
      say(form, "failed", true);
    }
    draft.timer = setTimeout(keep, AGAIN_AFTER, form);
  };
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || form.method !== "post" || event.target.type === "file") return;
    const draft = drafts.get(form) ?? { typed: 0, kept: 0 };
    drafts.set(form, draft);
    draft.typed += 1;
    if (!form.dataset.draft) return;
    clearTimeout(draft.timer);
    draft.timer = setTimeout(keep, DRAFT_AFTER, form);
  });
  const unsaved = () => [...all("form[data-draft]")].some((form) => {
    const draft = drafts.get(form);
    return draft && draft.typed !== draft.kept && !sending.has(form);
  });
  addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") all("form[data-draft]").forEach((form) => {
      const draft = drafts.get(form);
      if (draft && draft.typed !== draft.kept) keep(form);
    });
  });

  // ---- Files: dropped onto the zone, sent with progress. ----

  document.addEventListener("dragover", (event) => {
    const zone = event.target.closest?.(".drop-zone");
    if (!zone) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => event.target.closest?.(".drop-zone")?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest?.(".drop-zone");
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("over");
    const input = zone.querySelector("input[type=file]"), files = new DataTransfer();
    for (const file of [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1)) files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // fetch() doesn't tell how much it has sent: htmx's request goes by XMLHttpRequest where a form has files.
  const withProgress = (field) => (address, { method, body, headers, signal }) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const shown = field.querySelector(".drop-progress"), bar = shown.querySelector("progress");
    const status = field.querySelector(".drop-status"), ended = () => { shown.hidden = true; status.textContent = ""; };
    let tenth = -1;
    request.upload.onprogress = ({ loaded, total }) => {
      shown.hidden = false;
      bar.value = (100 * loaded) / total;
      if (Math.floor(bar.value / 10) !== tenth) { // a screen reader hears each tenth, not each packet
        tenth = Math.floor(bar.value / 10);
        status.textContent = field.dataset.sending.replace("{}", String(tenth * 10));
      }
    };
    request.onload = () => {
      ended();
      const told = request.getAllResponseHeaders().trim().split(/[\r\n]+/).map((line) => line.split(/:\s*(.*)/s).slice(0, 2));
      const answer = new Response(request.response, { status: request.status, headers: told });
      resolve(Object.defineProperty(answer, "url", { value: request.responseURL }));
    };
    request.onerror = request.onabort = () => { ended(); reject(new TypeError("the sending broke off")); };
    signal?.addEventListener("abort", () => request.abort());
    request.open(method, address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });

  // ---- htmx: the focus goes to what is to be read; where no answer came, the form stays, and can be sent again. ----

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement.closest("form"), field = form?.querySelector("[data-drop]");
    if (field && field.querySelector("input").files.length) ctx.fetch = withProgress(field);
  });
  document.addEventListener("htmx:finally:request", ({ target }) => {
    const form = target.closest?.("form");
    if (form) busy(form, false);
  });
  document.addEventListener("htmx:error", ({ target }) => {
    const form = target.closest?.("form");
    if (!form || form.querySelector("[data-unsent]")) return;
    const notice = document.createElement("p");
    notice.className = "notice error";
    notice.dataset.unsent = "";
    notice.setAttribute("role", "alert");
    notice.textContent = document.body.dataset.unsent;
    form.prepend(notice);
    notice.scrollIntoView({ block: "nearest" });
  });
  let path = location.pathname;
  let held = ""; // the id of what had the focus: a slider can't get it back before it is dressed
  document.addEventListener("htmx:before:swap", () => { held = document.activeElement?.id ?? ""; });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    dress();
    if (held && document.activeElement === document.body) document.getElementById(held)?.focus({ preventScroll: true });
    if (ctx.target !== document.body) return;
    const said = document.getElementById("problem") ?? document.getElementById("flash");
    if (path !== location.pathname) scrollTo(0, 0);
    path = location.pathname;
    // htmx gives the focus back to the field that had it; otherwise it goes to what was said, or to the page's content.
    const there = said ?? (document.activeElement === document.body ? document.getElementById("main") : null);
    there?.focus({ preventScroll: true });
    said?.scrollIntoView({ block: "nearest" });
  });

  // ---- Menus close by Escape and by a click elsewhere. ----

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // ---- Lights by their places in the list, while the focus is in their group: elsewhere a key is just a key. ----

  document.addEventListener("keydown", (event) => {
    const group = event.target.closest?.("[data-number-keys]");
    if (!group || event.ctrlKey || event.altKey || event.metaKey) return;
    const choice = group.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!choice) return;
    event.preventDefault();
    choice.focus();
    choice.click();
  });

  // ---- Steps: the arrow keys go to the previous and the next one, unless a field or a slider has the focus. ----

  document.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest?.("input, select, textarea, [tabindex='0'], [role=region]")) return;
    document.querySelector(`[data-keys] a[rel=${way}]`)?.click();
  });

  // ---- Sliders: move the select beside them, which is what is sent. ----

  const dress = () => {
    for (const slider of all("[data-slider]")) {
      const range = slider.querySelector("input[type=range]"), select = slider.querySelector("select");
      if (!range.hidden) continue;
      const told = () => range.setAttribute("aria-valuetext", select.options[select.selectedIndex]?.text ?? "");
      range.hidden = false;
      range.addEventListener("input", () => { select.selectedIndex = Number(range.value); told(); });
      range.addEventListener("change", () => select.dispatchEvent(new Event("change", { bubbles: true })));
      select.addEventListener("change", () => { range.value = String(select.selectedIndex); told(); });
      told();
    }
  };
  document.documentElement.classList.add("scripted");
  dress();
  document.getElementById("problem")?.focus();
})();
