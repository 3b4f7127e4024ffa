// Filters, sorting and the details of a cell. All of it is in the part of the address
// after #, so that what one reader sees can be sent to another.
'use strict';
(() => {
  const form = document.getElementById('filters');
  const body = document.querySelector('#table tbody');
  const heads = [...document.querySelectorAll('#table thead th')];
  const dialog = document.getElementById('cell');
  const data = JSON.parse(document.getElementById('cells-data').textContent);
  const keys = heads.map((h) => h.firstElementChild.dataset.k);

  const rows = [...body.rows].map((tr, i) => ({
    tr, id: tr.id.slice('cell='.length), data: data[i], at: i,
    text: tr.cells[0].textContent.replace(/\s+/g, ' ') + ' ' + tr.cells[1].textContent + ' ' + tr.cells[2].textContent + ' ' + tr.id,
    numbers: [...tr.cells].map((c) => (c.dataset.v === undefined ? null : Number(c.dataset.v))),
  }));
  const byID = new Map(rows.map((r) => [r.id, r]));
  const dash = '–';
  let visible = rows;

  // words are what a cell can be filtered by.
  const words = {
    scenario: (c) => (c.step ? c.scenario + '.' + (c.step.variant ? c.step.variant + '-' : '') + c.step.value : c.scenario),
    topology: (c) => c.topology, algorithm: (c) => c.algorithm, technique: (c) => c.technique, verdict: (c) => c.verdict,
    driver: (c, r) => r.driver,
  };
  for (const r of rows) {
    const c = r.data.cell;
    r.driver = c.driver + (c.client && c.client !== 'bounded' ? '/' + c.client : '');
  }

  const read = () => new URLSearchParams(location.hash.includes('=') ? location.hash.slice(1) : '');
  const spell = (state) => state.toString().replaceAll('%2F', '/').replaceAll('%3A', ':');
  const write = (state) => {
    const text = spell(state);
    history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
    apply();
  };

  // change sets one word of the address; an empty one leaves it out.
  const change = (name, value) => {
    const state = read();
    if (value) state.set(name, value); else state.delete(name);
    write(state);
  };

  const kept = (r, state) => {
    const q = (state.get('q') || '').toLowerCase().split(/\s+/);
    if (!q.every((word) => r.text.toLowerCase().includes(word))) return false;
    if (state.get('off') && r.data.cell.as_expected) return false;
    return Object.entries(words).every(([k, of]) => !state.get(k) || of(r.data.cell, r) === state.get(k));
  };

  const order = (key, down) => {
    const i = keys.indexOf(key);
    if (i < 0) return (a, b) => a.at - b.at;
    const sign = down ? -1 : 1;
    if (i < 2) return (a, b) => sign * a.tr.cells[i].textContent.localeCompare(b.tr.cells[i].textContent) || a.at - b.at;
    return (a, b) => {
      const [x, y] = [a.numbers[i], b.numbers[i]];
      if (x === null || y === null) return (x === null) - (y === null) || a.at - b.at; // what is not known comes last
      return sign * (x - y) || a.at - b.at;
    };
  };

  const none = document.createElement('tr');
  none.className = 'empty';
  none.append(Object.assign(document.createElement('td'), { colSpan: heads.length, textContent: 'No cell has all of these words. Show all to begin again.' }));

  const apply = () => {
    const state = read();
    for (const el of form.elements) {
      if (el.type === 'checkbox') el.checked = state.has(el.name);
      else if (el.name && el.value !== (state.get(el.name) || '')) el.value = state.get(el.name) || '';
    }
    const [key, down] = [state.get('sort'), state.get('dir') === 'desc'];
    heads.forEach((h, i) => h.setAttribute('aria-sort', keys[i] === key ? (down ? 'descending' : 'ascending') : 'none'));
    visible = rows.filter((r) => kept(r, state)).sort(order(key, down));
    const trs = visible.length ? visible.map((r) => r.tr) : [none];
    if (trs.length !== body.rows.length || trs.some((tr, i) => tr !== body.rows[i])) body.replaceChildren(...trs);
    document.getElementById('shown').textContent = visible.length + ' of ' + rows.length + (rows.length === 1 ? ' cell' : ' cells');
    show(byID.get(state.get('cell')));
  };

  const element = (name, text, className) => Object.assign(document.createElement(name), { textContent: text, className: className || '' });

  // units of the numbers, by the end of their name.
  const units = [[/_us$/, ' µs'], [/_ms$/, ' ms'], [/_ns$/, ' ns'], [/^bytes_|_bytes$/, ' B']];
  const spelled = (name, v) => {
    if (v === null || v === '') return dash;
    const unit = typeof v === 'number' ? units.find(([end]) => end.test(name)) : undefined;
    return String(v) + (unit ? unit[1] : '');
  };

  // elsewhere is what the page shows in other places, or result.json has alone.
  const elsewhere = new Set(['reasons', 'timeline', 'curve', 'ops']);

  // facts lists every value below v by its name in result.json.
  const facts = (list, prefix, v) => {
    for (const [name, value] of Object.entries(v)) {
      if (elsewhere.has(name)) continue;
      if (value !== null && typeof value === 'object') { facts(list, prefix + name + '.', value); continue; }
      const div = document.createElement('div');
      const text = spelled(name, value);
      div.append(element('dt', prefix + name), element('dd', text, text === dash ? 'none' : ''));
      list.append(div);
    }
  };
  const group = (to, title, prefix, v) => {
    const list = element('dl', '', 'facts');
    facts(list, prefix, v);
    if (list.children.length) to.append(element('h4', title), list);
  };

  const parts = [
    ['Decisions', ['allowed', 'denied', 'failed', 'unknown', 'offered', 'started_ratio', 'lateness_p99_us', 'decisions_per_second']],
    ['Contract', ['overshoot', 'nominal_overshoot_ratio', 'false_rejections', 'lost_acknowledged', 'lost_bytes', 'double_counted', 'executions_per_decision']],
    ['Latency', ['latency']],
    ['Cost per operation', ['round_trips', 'bytes_in', 'bytes_out', 'server_cpu_us', 'client_cpu_us', 'allocs', 'bytes_per_key', 'keys_without_ttl', 'connections']],
    ['Faults', ['availability', 'first_success_ms', 'recovery_ms', 'faults']],
  ];

  const fill = (r) => {
    const c = r.data.cell;
    const to = document.getElementById('cell-body');
    to.replaceChildren();
    const badge = r.tr.cells[2].firstElementChild.cloneNode(true);
    const line = document.createElement('p');
    line.append(badge, ' expected: ' + (c.expected === 'any' ? 'no verdict' : c.expected));
    to.append(line);
    for (const reason of c.reasons || []) to.append(element('p', reason));
    to.append(element('h4', 'Repeat this cell'), Object.assign(element('pre', r.data.command, 'command'), { tabIndex: 0 }));
    const rest = { ...c };
    for (const [title, names] of parts) {
      const own = {};
      for (const n of names) { if (n in rest) own[n] = rest[n]; delete rest[n]; }
      group(to, title, '', own);
    }
    group(to, 'Cell', '', rest);
    to.scrollTop = 0;
  };

  const show = (r) => {
    if (!r) { if (dialog.open) dialog.close(); return; }
    const name = document.getElementById('cell-title');
    if (name.textContent !== r.id || !dialog.open) { name.textContent = r.id; fill(r); }
    const i = visible.indexOf(r);
    document.getElementById('before').disabled = i <= 0;
    document.getElementById('after').disabled = i < 0 || i === visible.length - 1;
    if (!dialog.open) {
      dialog.showModal();
      document.getElementById('cell-body').focus(); // an autofocus is blocked where the address has a fragment
    }
  };
  const move = (by) => {
    const r = visible[visible.indexOf(byID.get(read().get('cell'))) + by];
    if (r) change('cell', r.id);
  };

  form.hidden = false;
  form.addEventListener('submit', (e) => e.preventDefault());
  form.addEventListener('input', (e) => change(e.target.name, e.target.type === 'checkbox' ? (e.target.checked ? '1' : '') : e.target.value));
  form.addEventListener('reset', (e) => { e.preventDefault(); write(new URLSearchParams()); });
  heads.forEach((h, i) => h.firstElementChild.addEventListener('click', () => {
    const state = read();
    const first = i < 2 ? '' : 'desc'; // of numbers, the largest are of interest
    const again = state.get('sort') === keys[i];
    state.set('sort', keys[i]);
    const dir = again ? (state.get('dir') === 'desc' ? '' : 'desc') : first;
    if (dir) state.set('dir', dir); else state.delete('dir');
    write(state);
  }));
  document.addEventListener('click', (e) => {
    const link = e.target.closest('a[href^="#cell="]');
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault(); // keep filters and order in the address
    const state = read();
    state.set('cell', decodeURIComponent(link.hash.slice('#cell='.length)));
    location.hash = spell(state);
  });
  document.getElementById('before').addEventListener('click', () => move(-1));
  document.getElementById('after').addEventListener('click', () => move(1));
  document.getElementById('close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => {
    const r = byID.get(read().get('cell'));
    change('cell', '');
    if (r) r.tr.cells[0].firstElementChild.focus({ preventScroll: true });
  });
  addEventListener('hashchange', apply);
  apply();
})();
