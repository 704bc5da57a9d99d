// Takes a document that is dropped anywhere on the form; the form works the same without it.
"use strict";

const form = document.querySelector("form[data-drop]");
const file = form.elements.file;
const text = form.elements.text;

form.addEventListener("dragover", (event) => {
  event.preventDefault();
  form.classList.add("dropping");
});
for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("dropping"));

form.addEventListener("drop", (event) => {
  event.preventDefault();
  const { files } = event.dataTransfer;
  if (files.length) {
    file.files = files;
    text.value = "";
    file.focus();
  } else {
    text.value = event.dataTransfer.getData("text");
    file.value = "";
    text.focus();
  }
});
