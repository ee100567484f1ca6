// Every sentence of the app in Chinese and English, from the server's catalogue; switchable without a network.

let texts = { zh: {}, en: {} };
let language = "zh";

export function setWords(all) {
  texts = all;
}

export function speak(code) {
  language = code === "en" ? "en" : "zh";
  document.documentElement.lang = language === "en" ? "en" : "zh-Hans";
  document.title = t("title");
}

export const spoken = () => language;

/** The sentence of a key, with {names} filled in. */
export function t(key, facts = {}) {
  const text = texts[language][key] || texts.en[key] || key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? facts[name] : whole));
}

/** A {zh, en} text of the data. */
export function said(text) {
  if (!text) return "";
  return typeof text === "string" ? text : text[language] || text.zh || text.en || "";
}

/** A stair that is only numbered says what it is. */
export const stairName = (name) => (/^\d+$/.test(name) ? t("stair", { n: name }) : name);

export const kg = (weight) => `${(Math.round(weight * 10) / 10).toLocaleString("en", { useGrouping: false })} kg`;
