// What stands beyond the right edge of the screen, where nobody sees it; what scrolls in its own box may.
const wide = document.documentElement.scrollWidth - window.innerWidth;
if (wide <= 1) return [];
const beyond = [...document.querySelectorAll("body *")].filter((element) =>
  element.getBoundingClientRect().right > window.innerWidth + 1 && !element.closest(".scroll"));
const say = (element) => element.tagName.toLowerCase() + (element.className ? "." + element.className : "")
  + " " + JSON.stringify((element.innerText || "").trim().slice(0, 30));
return [wide + " px: " + beyond.slice(-3).map(say).join(", ")];
