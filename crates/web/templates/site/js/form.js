// Says at once what the server would say: the same messages, put beside the same fields. Without it the
// server does, and keeps what was typed.
document.querySelectorAll("form[data-f]").forEach(form => {
  const fields = [...form.querySelectorAll("[data-required],[data-email]")];
  const check = input => {
    const value = input.type == "checkbox" ? (input.checked ? "1" : "") : input.value.trim();
    const data = input.dataset;
    let message = "";
    if (!value && data.required) message = data.required;
    else if (value && data.email && !/^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(value)) message = data.email;
    const id = input.id + "-e";
    let note = document.getElementById(id);
    if (message) {
      if (!note) {
        note = document.createElement("p");
        note.id = id;
        note.className = "e";
        input.closest(".f").append(note);
        input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), id].join(" ").trim());
      }
      note.textContent = message;
      input.setAttribute("aria-invalid", "true");
    } else if (note) {
      note.remove();
      input.removeAttribute("aria-invalid");
    }
    return !message;
  };
  form.addEventListener("change", event => {
    if (event.target.getAttribute("aria-invalid")) check(event.target);
  });
  form.addEventListener("submit", event => {
    const wrong = fields.filter(input => !check(input));
    const button = form.querySelector("button");
    if (wrong.length) {
      event.preventDefault();
      wrong[0].focus();
    } else if (button.getAttribute("aria-busy")) event.preventDefault();
    else button.setAttribute("aria-busy", "true");
  });
  // A page kept by the browser and shown again must not keep its button asleep.
  addEventListener("pageshow", () => form.querySelector("button").removeAttribute("aria-busy"));
  if (window.IntersectionObserver && window.suppilo) {
    const seen = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        seen.disconnect();
        suppilo("track", "Form Viewed", { form: form.dataset.f });
      }
    }, { threshold: .3 });
    seen.observe(form);
  }
});
