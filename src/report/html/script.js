"use strict";
(() => {
  const list = document.getElementById("list");
  const controls = document.getElementById("controls");
  if (!controls) return;
  const shown = document.getElementById("shown");
  const search = document.getElementById("search");
  const group = document.getElementById("group");
  const all = document.getElementById("all");
  const findings = [...document.querySelectorAll(".finding")];
  const texts = new Map(findings.map((f) => [f, f.textContent.toLowerCase()]));
  const chosen = (name) => new Set([...controls.querySelectorAll(`input[name=${name}]:checked`)].map((i) => i.value));
  const visible = () => findings.filter((f) => !f.hidden);

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = chosen("severity");
    const states = chosen("state");
    for (const f of findings) {
      f.hidden = !(severities.has(f.dataset.severity) && states.has(f.dataset.state) && words.every((w) => texts.get(f).includes(w)));
    }
    for (const s of list.querySelectorAll("section")) s.hidden = !s.querySelector(".finding:not([hidden])");
    shown.textContent = `${visible().length} of ${findings.length} shown`;
  };

  const regroup = () => {
    const by = group.value;
    list.replaceChildren();
    if (!by) {
      list.append(...findings);
    } else {
      const groups = new Map();
      for (const f of findings) {
        const name = f.dataset[by] || "unknown";
        if (!groups.has(name)) groups.set(name, []);
        groups.get(name).push(f);
      }
      const sorted = [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
      for (const [name, members] of sorted) {
        const section = document.createElement("section");
        const title = document.createElement("h3");
        title.textContent = `${name} (${members.length})`;
        section.append(title, ...members);
        list.append(section);
      }
    }
    filter();
  };

  const open = (f) => {
    if (!f) return;
    f.open = true;
    f.querySelector("summary").focus();
    f.scrollIntoView({ block: "nearest" });
  };

  controls.hidden = false;
  controls.addEventListener("submit", (e) => e.preventDefault());
  controls.addEventListener("input", filter);
  group.addEventListener("change", regroup);
  all.addEventListener("click", () => {
    const on = all.getAttribute("aria-expanded") !== "true";
    findings.forEach((f) => { f.open = on; });
    all.setAttribute("aria-expanded", String(on));
    all.textContent = on ? "Close all" : "Open all";
  });
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target.matches("input[type=search], select, textarea");
    if (e.key === "Escape" && e.target === search) { search.value = ""; filter(); search.blur(); return; }
    if (typing) return;
    if (e.key === "/") { e.preventDefault(); search.focus(); return; }
    if (e.key !== "j" && e.key !== "k") return;
    const there = visible();
    const at = there.findIndex((f) => f.contains(document.activeElement));
    const next = e.key === "j" ? Math.min(at + 1, there.length - 1) : Math.max(at - 1, 0);
    if (there[next]) there[next].querySelector("summary").focus();
  });
  window.addEventListener("hashchange", () => open(document.getElementById(location.hash.slice(1))));
  window.addEventListener("beforeprint", () => findings.forEach((f) => { f.open = true; }));
  regroup();
  if (location.hash.startsWith("#k")) open(document.getElementById(location.hash.slice(1)));
})();
