document.querySelectorAll("[data-end]").forEach(box => {
  const cells = box.querySelectorAll("b");
  const end = +box.dataset.end;
  const tick = () => {
    const left = Math.max(0, Math.floor((end - Date.now()) / 1000));
    [left / 86400, left / 3600 % 24, left / 60 % 60, left % 60].forEach((value, i) => {
      cells[i].textContent = i ? String(Math.floor(value)).padStart(2, 0) : Math.floor(value);
    });
    if (left) return setTimeout(tick, 1000 - Date.now() % 1000);
    const section = box.closest(".b");
    section.querySelectorAll("[data-live]").forEach(part => part.hidden = true);
    const done = section.querySelector("[data-done]");
    done ? done.hidden = false : section.hidden = true;
  };
  tick();
});
