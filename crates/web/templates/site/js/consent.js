(() => {
  const notice = document.querySelector(".cn");
  let answer;
  try { answer = localStorage.sup_consent; } catch (error) { return; }
  if (answer) return;
  notice.hidden = false;
  notice.addEventListener("click", event => {
    const given = event.target.dataset.c;
    if (!given) return;
    try { localStorage.sup_consent = given; } catch (error) { /* asked again next time */ }
    suppilo("consent", given == "yes");
    notice.remove();
  });
})();
