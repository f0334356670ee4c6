// The packed data: decoding it, and making the elements of a case that is not in the document yet.
// Everything becomes text nodes and attributes; nothing is ever parsed as markup.

const OUTCOMES = { p: ["pass", "pass", "✓"], f: ["fail", "fail", "✗"], u: ["undecided", "undecided", "?"],
  e: ["error", "check crashed", "!"], n: ["not_applicable", "not applicable", "–"] };
const KIND = { p: "p", v: "p", f: "f", o: "f", u: "u", e: "e", n: "n", ".": "." };
const FLAGS = { omitted: "the answer leaves out what the rule asks for",
  vacuous: "nothing in the answer could have broken the rule" };

async function unpack(element) {
  const text = element.textContent.trim();
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// The chunks stand behind the script: whoever asks for one early waits until the document is whole.
const whole = new Promise((done) => {
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", done, { once: true });
  else done();
});
const unpackChunk = (number) => whole.then(() => unpack(document.getElementById(`chunk-${number}`)));

const decoded = new Map(); // the last few chunks that were looked into
function chunk(number) {
  if (!decoded.has(number)) {
    if (decoded.size > 12) decoded.delete(decoded.keys().next().value);
    decoded.set(number, unpackChunk(number));
  }
  return decoded.get(number);
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  for (const child of children) if (child !== null && child !== "") element.append(child);
  return element;
}

function mark(letter) {
  const [kind, word, sign] = OUTCOMES[letter];
  return make("span", { class: `mark ${kind}` }, make("span", { "aria-hidden": "true" }, sign), ` ${word}`);
}

function ruleLink(index, number) {
  const rule = index.rules[number];
  return rule ? make("a", { href: `#${rule[1]}` }, rule[0]) : make("b", {}, "a rule of another file");
}

const agentLine = (index, number) => {
  const own = index.rules[number] && document.getElementById(index.rules[number][1]);
  const line = own && own.dataset.line;
  return line ? make("a", { class: "where", href: document.getElementById(`agent-L${line}`) ? `#agent-L${line}` : `#${own.id}` },
    `agent file line ${line}`) : "";
};

// A line is one text; U+0001 begins a piece and U+0002 a marked one, each followed by a letter for its style.
function line(text, number, marked, answer) {
  const element = make("div", { class: `ln${marked ? " hit" : ""}${number ? "" : " gap"}`, "data-n": number || null,
    id: marked && number ? `${answer}-L${number}` : null });
  if (!/[\u0001\u0002]/.test(text)) {
    element.append(text);
    return element;
  }
  let hit = null;
  for (const [, sign, style, words] of text.matchAll(/([\u0001\u0002])(.)([^\u0001\u0002]*)/gsu)) {
    if (sign === "\u0001") hit = null;
    else if (!hit) element.append((hit = make("mark", {})));
    (hit || element).append(style === " " ? words : make("i", { class: style }, words));
  }
  return element;
}

function response(index, answer) {
  const box = make("div", { class: "response" });
  for (const [code, text, numbers, marked, notes] of answer.blocks) {
    const first = Array.isArray(numbers) ? numbers[0] : numbers;
    const block = make("div", code ? { class: "code", tabindex: 0, role: "region", "aria-label": `code from line ${first}` } : { class: "prose" });
    const hits = new Set(marked);
    text.split("\n").forEach((words, at) => {
      block.append(line(words, Array.isArray(numbers) ? numbers[at] : numbers + at, hits.has(at), answer.id));
      for (const [below, letter, rule, message] of notes)
        if (below === at) block.append(make("div", { class: `note ${OUTCOMES[letter][0]}` }, mark(letter), " ", ruleLink(index, rule),
          ` ${message} `, agentLine(index, rule)));
    });
    box.append(block);
  }
  return box;
}

function verdicts(index, answer) {
  const list = make("ul", { class: "verdicts" });
  for (const [letter, rule, flag, reason, lines, files] of answer.verdicts) {
    const item = make("li", { "data-outcome": OUTCOMES[letter][0] }, mark(letter), " ", ruleLink(index, rule), " ");
    if (flag) item.append(make("span", { class: "flag", title: FLAGS[flag] }, flag));
    item.append(make("span", { class: "reason" }, reason), " ");
    if (lines.length) {
      const places = make("span", { class: "lines" }, lines.length > 1 ? "lines " : "line ");
      lines.forEach((number, at) => places.append(at ? ", " : "", make("a", { href: `#${answer.id}-L${number}` }, `${number}`)));
      item.append(places);
    }
    for (const place of files) item.append(make("br", {}), make("span", { class: "aside" }, place));
    list.append(item);
  }
  return list;
}

function silent(index, answer) {
  if (!answer.silent.length) return "";
  const list = make("ul", { class: "verdicts" });
  for (const [reason, rules] of answer.silent)
    list.append(make("li", {}, `${rules.map((rule) => index.rules[rule][0]).join(", ")}: `, make("span", { class: "reason" }, reason)));
  return make("details", { class: "quiet" }, make("summary", {}, "Rules that do not apply here"), list);
}

function article(index, answer, several, hand) {
  const name = several ? ` · ${answer.of[0]}, trial ${answer.of[1]}` : "";
  return make("article", { class: "answer", id: answer.id, tabindex: -1 },
    make("h4", {}, `${hand ? "Hand-written response" : "Answer"}${name}`), make("p", { class: "aside" }, answer.aside),
    verdicts(index, answer), silent(index, answer), response(index, answer));
}

function inside(index, content, several, hand) {
  const box = make("div", { class: "inside" });
  for (const [label, words] of content.asked)
    box.append(make("div", { class: "question" }, make("p", { class: "label" }, label), make("p", { class: "words" }, words)));
  for (const [path, words] of content.files)
    box.append(make("details", { class: "supplied" }, make("summary", {}, `Supplied file ${path}`), make("pre", { tabindex: 0 }, words)));
  box.append(make("p", { class: "aside" }, content.from));
  for (const words of content.missing) box.append(make("p", { class: "missing" }, words));
  for (const answer of content.answers) box.append(article(index, answer, several, hand));
  return box;
}

// A closed case; what is inside is made when it is opened.
function closed(index, entry) {
  const tally = make("span", { class: "tally" });
  const counts = {};
  for (const answer of entry.answers) for (const letter of answer.letters) counts[KIND[letter]] = (counts[KIND[letter]] || 0) + 1;
  for (const letter of "feup") if (counts[letter]) {
    const [kind, word, sign] = OUTCOMES[letter];
    tally.append(make("span", { class: `mark ${kind}`, title: word }, make("span", { "aria-hidden": "true" }, sign), ` ${counts[letter]}`,
      make("span", { class: "sr" }, ` ${word}`)), " ");
  }
  if (entry.missing) tally.append(make("span", { class: "aside" }, `${entry.missing} missing`));
  return make("details", { class: "case item", id: entry.anchor }, make("summary", {}, make("span", { class: "title" }, entry.id), " ",
    make("span", { class: "gist" }, entry.gist), " ", tally));
}

// What can be searched of a packed case: question, answers, reasons.
function wordsOf(index, content) {
  const parts = content.asked.map((one) => one[1]).concat(content.files.flat(), content.missing);
  for (const answer of content.answers) {
    for (const [, rule, , reason, , files] of answer.verdicts) parts.push(index.rules[rule] ? index.rules[rule][0] : "", reason, ...files);
    for (const block of answer.blocks) parts.push(block[1], ...block[4].map((note) => note[3]));
  }
  return parts.join("\n").replace(/[\u0001\u0002]./gsu, "").toLowerCase();
}

function entriesOf(index) {
  return index.cases.map(([id, anchor, gist, tags, languages, cluster, hand, place, answers, missing]) => ({
    id, anchor, gist, cluster, hand, missing, chunk: place, element: document.getElementById(anchor), filled: null, words: null,
    tags: tags.map((tag) => index.tags[tag]), languages: languages.map((name) => index.languages[name]),
    answers: answers.map(([variant, trial, name, letters, lines]) => {
      const first = new Map();
      for (let at = 0; at < lines.length; at += 2) first.set(lines[at], lines[at + 1]);
      return { variant: index.variants[variant], trial, anchor: name, letters, lines: first };
    }),
  }));
}
