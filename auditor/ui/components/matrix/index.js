// A matrix as a real table: every cell with something in it is a button, so that keys and screen readers reach it.

function cell(entry, row, column, data, press) {
  const td = document.createElement("td");
  if (entry.text === "") return td;
  const strength = Math.max(0, Math.min(1, entry.strength));
  const box = document.createElement(entry.open ? "button" : "span");
  box.className = "cell";
  // At half strength the number stays readable in the page's own text colour, in light and dark.
  box.style.setProperty("--strength", `${Math.round(strength * 50)}%`);
  box.dataset.kind = entry.kind || "plain";
  box.textContent = entry.text;
  if (entry.open) {
    box.type = "button";
    box.title = entry.title;
    box.setAttribute("aria-label", entry.title);
    box.onclick = () => press({ row, column, at: Date.now() });
  }
  td.append(box);
  return td;
}

function heading(text, scope, className = "") {
  const th = Object.assign(document.createElement("th"), { scope, className });
  th.append(Object.assign(document.createElement("span"), { textContent: text }));
  return th;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  const stamp = JSON.stringify(data);
  if (table.dataset.stamp === stamp) return;
  table.dataset.stamp = stamp;
  table.replaceChildren(Object.assign(document.createElement("caption"), { textContent: data.caption }));
  const head = table.createTHead();
  const top = head.insertRow();
  // Long names over narrow cells are turned rather than clipped.
  table.dataset.turned = String(data.columns.length > 4 && data.columns.some((name) => name.length > 4));
  top.append(heading(data.corner, "col", "corner"), ...data.columns.map((name) => heading(name, "col", "name")));
  const body = table.createTBody();
  data.cells.forEach((line, row) => {
    const tr = body.insertRow();
    tr.append(heading(data.rows[row], "row"));
    line.forEach((entry, column) =>
      tr.append(cell(entry, row, column, data, (what) => setTriggerValue("cell", what))),
    );
  });
}
