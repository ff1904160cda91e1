// SPDX-License-Identifier: Apache-2.0
"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const packed = Uint8Array.from(atob($("data").textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const data = await new Response(unpacked).json();
  $("rows").innerHTML = data.drawing;
  const svg = $("lanes"), view = $("view"), tip = $("tip");
  const STATES = ["", "pending", "active", "pending and active"];
  const MISR = ["EOI", "underflow", "LRENP", "no pending", "group 0 on", "group 0 off", "group 1 on", "group 1 off"];
  const SHOWN = 60; // events in the list
  const height = svg.viewBox.baseVal.height;
  let first = 0, width = data.steps + 1, hits = [];

  // Rows of `size` numbers, the first of each being the difference to the row before.
  const rows = (flat, size) => {
    const found = [];
    for (let i = 0, step = 0; i < flat.length; i += size) {
      step += flat[i];
      found.push([step, ...flat.slice(i + 1, i + size)]);
    }
    return found;
  };
  // The last row that begins at or before a step.
  const at = (list, step) => {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][0] <= step) low = middle + 1; else high = middle;
    }
    return low ? list[low - 1] : null;
  };
  const valueAt = (list, step) => { const row = at(list, step); return row ? row[1] : 0; };

  const banks = data.banks.map((bank) => {
    const lrs = [];
    for (const [step, number, word] of rows(bank.lrs, 3)) (lrs[number] ||= []).push([step, data.words[word]]);
    const tracks = Object.fromEntries(["lines", "misr", "eoicount"].map((name) => [name, rows(bank[name], 2)]));
    return { lrs, ...tracks, loads: rows(bank.loads, 4), runs: rows(bank.runs, 4) };
  });
  const depths = data.depths.map((track) => rows(track, 2));
  const marks = rows(data.marks, 4);

  const bitsOf = (value, names) => names.filter((_, bit) => value >> bit & 1).join(", ");
  const lrText = (word) => {
    const state = STATES[word >>> 28 & 3], intid = word & 0x3ff;
    const parts = [`${intid} ${state}`, `priority ${(word >>> 23 & 31) * 8}`];
    if (word >>> 30 & 1) parts.push("group 1");
    if (word >>> 31) parts.push(`physical ${word >>> 10 & 0x3ff}`);
    else if (intid < 16) parts.push(`from CPU ${word >>> 10 & 7}`);
    if (!(word >>> 31) && word >>> 19 & 1) parts.push("EOI");
    return parts.join(", ");
  };
  const markText = ([step, kind, place, value]) => {
    const name = data.kinds[kind];
    const where = place < 0 ? "" : data.depths.length ? ` vCPU ${place}` : ` CPU ${place}`;
    if (name === "maintenance") return `maintenance interrupt${where}: ${bitsOf(value, MISR) || "gone"}`;
    if (name === "kick" || name === "sleep" || name === "wake") return `${name}${where}`;
    return `${name} ${value}${where}`;
  };
  const around = (step) => {
    const lines = [`step ${step}`];
    banks.forEach((bank, cpu) => {
      const load = at(bank.loads, step), run = at(bank.runs, step);
      const vcpu = load && step < load[0] + load[1] ? `vCPU ${load[2]}` : "";
      const inside = run && step <= run[0] + run[1]
        ? `${vcpu ? "" : `vCPU ${run[2]}, `}in the guest, until: ${data.causes[run[3]]}` : "";
      lines.push([`CPU ${cpu}`, vcpu, inside].filter(Boolean).join(" · "));
      bank.lrs.forEach((track, number) => {
        const word = valueAt(track, step);
        if (word >>> 28 & 3) lines.push(`  LR${number}: ${lrText(word)}`);
      });
      const levels = bitsOf(valueAt(bank.lines, step), ["maint", "virq", "vfiq"]);
      const misr = bitsOf(valueAt(bank.misr, step), MISR), count = valueAt(bank.eoicount, step);
      if (levels) lines.push(`  high: ${levels}`);
      if (misr) lines.push(`  MISR: ${misr}`);
      if (count) lines.push(`  EOICount: ${count}`);
    });
    depths.forEach((track, vcpu) => {
      const depth = valueAt(track, step);
      if (depth) lines.push(`vCPU ${vcpu}: ${depth} on its list`);
    });
    marks.filter((mark) => mark[0] === step).forEach((mark) => lines.push(`→ ${markText(mark)}`));
    return lines.join("\n");
  };

  // ---- what is seen

  const show = (from, steps) => {
    width = Math.min(Math.max(steps, 12), data.steps + 1);
    first = Math.min(Math.max(from, 0), data.steps + 1 - width);
    svg.setAttribute("viewBox", `${first} 0 ${width} ${height}`);
    $("range").textContent = `steps ${Math.round(first)} to ${Math.min(Math.round(first + width), data.steps)} of ${data.steps}`;
    label();
    list();
  };
  const label = () => {
    const scale = view.clientWidth / width, words = $("words");
    words.textContent = "";
    if (scale < 2) return;
    const put = (kind, start, end, row, text, needed) => {
      const left = (Math.max(start, first) - first) * scale, right = (Math.min(end, first + width) - first) * scale;
      if (right - left < needed || !row) return;
      const span = document.createElement("span");
      Object.assign(span.style, { left: `${left}px`, width: `${right - left}px`, top: `${row}px` });
      span.className = kind;
      span.textContent = text;
      words.append(span);
    };
    const tops = {};
    let top = 0, cpu = -1;
    for (const row of $("labels").children) {
      if (row.className === "title") cpu += 1;
      tops[`${cpu} ${row.textContent}`] = top;
      top += row.offsetHeight;
    }
    banks.forEach((bank, number) => {
      let free = first;
      for (const [start, length, , cause] of bank.runs) {
        const end = start + length;
        if (end < first || end > first + width || cause === data.causes.length - 1) continue;
        put("cause", free, end, tops[`${number} guest runs`] + 2, data.causes[cause], 60);
        free = end;
      }
      bank.lrs.forEach((track, lr) => track.forEach(([start, word], i) => {
        const end = i + 1 < track.length ? track[i + 1][0] : data.steps + 1;
        if (end < first || start > first + width || !(word >>> 28 & 3)) return;
        put("", start, end, tops[`${number} LR${lr}`] + 1, word & 0x3ff, 18);
      }));
    });
  };
  const list = () => {
    const wanted = $("intid").value.trim();
    const chosen = (wanted ? hits.map((hit) => hit.mark).filter(Boolean) : marks)
      .filter((mark) => mark[0] >= first && mark[0] <= first + width);
    $("events").replaceChildren(...chosen.slice(0, SHOWN).map((mark) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = "#";
      link.dataset.step = mark[0];
      link.textContent = mark[0];
      item.append(link, ` ${markText(mark)}`);
      return item;
    }), ...(chosen.length > SHOWN ? [`… ${chosen.length - SHOWN} more`] : []));
  };
  const go = (step) => {
    show(step - width / 2, width);
    $("cursor").setAttribute("d", `M${step} 0v${height}`);
  };

  // ---- search

  const search = () => {
    const text = $("intid").value.trim(), intid = /^\d+$/.test(text) ? Number(text) : -1;
    hits = [];
    const named = ["injection", "lowered", "delivery", "completion"].map((name) => data.kinds.indexOf(name));
    marks.forEach((mark) => {
      if (named.includes(mark[1]) && mark[3] === intid) hits.push({ step: mark[0], mark });
    });
    banks.forEach((bank) => bank.lrs.forEach((track) => track.forEach(([step, word]) => {
      if (word >>> 28 & 3 && (word & 0x3ff) === intid) hits.push({ step });
    })));
    hits.sort((one, other) => one.step - other.step);
    $("hits").setAttribute("d", hits.map((hit) => `M${hit.step} 0v${height}`).join(""));
    $("found").textContent = text ? `${hits.length} places` : "";
    list();
  };
  const jump = (direction) => {
    const middle = first + width / 2;
    const later = hits.filter((hit) => hit.step > middle + 0.5), earlier = hits.filter((hit) => hit.step < middle - 0.5);
    const hit = direction > 0 ? later[0] : earlier[earlier.length - 1];
    if (hit) go(hit.step);
  };

  // ---- hands

  const stepOf = (event) => first + (event.clientX - view.getBoundingClientRect().left) / view.clientWidth * width;
  const zoom = (factor, middle) => show(middle - (middle - first) * factor, width * factor);
  const centre = () => first + width / 2;
  let dragged = null;
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) show(first + event.deltaX / view.clientWidth * width, width);
    else zoom(event.deltaY > 0 ? 1.25 : 0.8, stepOf(event));
  }, { passive: false });
  view.addEventListener("pointerdown", (event) => { dragged = { x: event.clientX, first }; view.setPointerCapture(event.pointerId); });
  view.addEventListener("pointerup", () => { dragged = null; });
  view.addEventListener("pointermove", (event) => {
    if (dragged) { show(dragged.first - (event.clientX - dragged.x) / view.clientWidth * width, width); return; }
    tip.textContent = around(Math.floor(stepOf(event)));
    tip.hidden = false;
    tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - 440)}px`;
    tip.style.top = `${Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8)}px`;
  });
  view.addEventListener("pointerleave", () => { tip.hidden = true; });
  document.addEventListener("click", (event) => {
    const step = event.target.dataset && event.target.dataset.step;
    if (step === undefined) return;
    event.preventDefault();
    width = Math.min(width, 200);
    go(Number(step));
    view.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.tagName === "INPUT") { if (event.key === "Enter") jump(1); return; }
    const keys = {
      ArrowLeft: () => show(first - width / 5, width), ArrowRight: () => show(first + width / 5, width),
      "+": () => zoom(0.5, centre()), "-": () => zoom(2, centre()), 0: () => show(0, data.steps + 1),
    };
    if (keys[event.key]) keys[event.key]();
  });
  $("fit").onclick = () => show(0, data.steps + 1);
  $("in").onclick = () => zoom(0.5, centre());
  $("out").onclick = () => zoom(2, centre());
  $("intid").oninput = search;
  $("next").onclick = () => jump(1);
  $("previous").onclick = () => jump(-1);
  window.addEventListener("resize", label);
  show(0, data.steps + 1);
})();
