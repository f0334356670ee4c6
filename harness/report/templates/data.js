// The packed data: decoding it, and making the elements of a case that is not in the document yet.
// Everything becomes text nodes and attributes; nothing is ever parsed as markup.

const OUTCOMES = { p: ["pass", "pass", "✓"], f: ["fail", "fail", "✗"], u: ["undecided", "undecided", "?"],
  e: ["error", "check crashed", "!"], n: ["not_applicable", "not applicable", "–"] };
const KIND = { p: "p", v: "p", f: "f", o: "f", u: "u", e: "e", n: "n", ".": "." };
const FLAGS = { omitted: "the answer leaves out what the rule asks for",
  vacuous: "nothing in the answer could have broken the rule" };

async function unpacked(text) {
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  // What is wrong with the bytes is said by the reading end.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return new Response(stream.readable).text();
}

// The chunks stand behind the script: whoever asks for one early waits until the document is whole.
const whole = new Promise((done) => {
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", done, { once: true });
  else done();
});

// A chunk has two parts: the structures of its cases as JSON, and their texts, between which stand U+0003 and U+0004.
const part = (number, at) => whole.then(() => unpacked(document.getElementById(`chunk-${number}`).textContent.trim().split(" ")[at]));
const structuresOf = (number) => part(number, 0).then(JSON.parse);
const textsOf = (number) => part(number, 1).then((text) => text.split("\x04"));

const decoded = new Map(); // the last few chunks that were looked into
function chunk(number) {
  if (!decoded.has(number)) {
    if (decoded.size > 12) decoded.delete(decoded.keys().next().value);
    decoded.set(number, Promise.all([structuresOf(number), textsOf(number)]));
  }
  return decoded.get(number);
}

// The structure of a case, with a way to get at its texts by their numbers.
function contentOf([structures, texts], at) {
  const own = texts[at].split("\x03");
  return { ...structures[at], say: (number) => own[number] };
}

// What can be searched of a packed case: its texts, without the marks of colours.
const wordsOf = (texts) => texts.replace(/[\x01\x02]./gs, "").toLowerCase();

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

function response(index, answer, say) {
  const box = make("div", { class: "response" });
  for (const [code, text, numbers, marked, notes] of answer.blocks) {
    const first = Array.isArray(numbers) ? numbers[0] : numbers;
    const block = make("div", code ? { class: "code", tabindex: 0, role: "region", "aria-label": `code from line ${first}` } : { class: "prose" });
    const hits = new Set(marked);
    say(text).split("\n").forEach((words, at) => {
      block.append(line(words, Array.isArray(numbers) ? numbers[at] : numbers + at, hits.has(at), answer.id));
      for (const [below, letter, rule, message] of notes)
        if (below === at) block.append(make("div", { class: `note ${OUTCOMES[letter][0]}` }, mark(letter), " ", ruleLink(index, rule),
          ` ${say(message)} `, agentLine(index, rule)));
    });
    box.append(block);
  }
  return box;
}

function verdicts(index, answer, say) {
  const list = make("ul", { class: "verdicts" });
  for (const [letter, rule, flag, reason, lines, files] of answer.verdicts) {
    const item = make("li", { "data-outcome": OUTCOMES[letter][0] }, mark(letter), " ", ruleLink(index, rule), " ");
    if (flag) item.append(make("span", { class: "flag", title: FLAGS[flag] }, flag));
    item.append(make("span", { class: "reason" }, say(reason)), " ");
    if (lines.length) {
      const places = make("span", { class: "lines" }, lines.length > 1 ? "lines " : "line ");
      lines.forEach((number, at) => places.append(at ? ", " : "", make("a", { href: `#${answer.id}-L${number}` }, `${number}`)));
      item.append(places);
    }
    for (const place of files) item.append(make("br", {}), make("span", { class: "aside" }, say(place)));
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

function article(index, answer, say, several, hand) {
  const name = several ? ` · ${answer.of[0]}, trial ${answer.of[1]}` : "";
  return make("article", { class: "answer", id: answer.id, tabindex: -1 },
    make("h4", {}, `${hand ? "Hand-written response" : "Answer"}${name}`), make("p", { class: "aside" }, answer.aside),
    verdicts(index, answer, say), silent(index, answer), response(index, answer, say));
}

function inside(index, content, several, hand) {
  const { say } = content;
  const box = make("div", { class: "inside" });
  for (const [label, words] of content.asked)
    box.append(make("div", { class: "question" }, make("p", { class: "label" }, label), make("p", { class: "words" }, say(words))));
  for (const [path, words] of content.files)
    box.append(make("details", { class: "supplied" }, make("summary", {}, `Supplied file ${say(path)}`), make("pre", { tabindex: 0 }, say(words))));
  box.append(make("p", { class: "aside" }, content.from));
  for (const words of content.missing) box.append(make("p", { class: "missing" }, say(words)));
  for (const answer of content.answers) box.append(article(index, answer, say, several, hand));
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

// The first marked line for a rule; an answer holds pairs of rule and line, one pair for each place.
function lineOf(answer, rule) {
  let line = 0;
  for (let at = 0; at < answer.lines.length; at += 2) if (answer.lines[at] === rule) line = answer.lines[at + 1];
  return line;
}

function entriesOf(index) {
  const filled = new Map(); // how many cases of a chunk stand before: its place there
  const next = (number) => { const at = filled.get(number) || 0; filled.set(number, at + 1); return at; };
  return index.cases.map(([id, anchor, gist, tags, languages, cluster, hand, place, answers, missing]) => ({
    id, anchor, gist, cluster, hand, missing, chunk: place, at: next(place), element: place < 0 ? document.getElementById(anchor) : null, filled: null, words: null,
    tags: tags.map((tag) => index.tags[tag]), languages: languages.map((name) => index.languages[name]),
    answers: answers.map(([, , name, letters, lines]) => ({ anchor: name, letters, lines })),
  }));
}
