document.querySelectorAll("[data-unit]").forEach(total => {
  const quantity = document.querySelector("[name=quantity]");
  const data = total.dataset;
  const digits = +data.digits;
  if (quantity) quantity.addEventListener("change", () => {
    const amount = data.unit * quantity.value / 10 ** digits;
    const whole = amount % 1 == 0;
    const number = new Intl.NumberFormat(document.documentElement.lang, {
      minimumFractionDigits: whole ? 0 : digits, maximumFractionDigits: digits
    }).format(amount);
    total.textContent = data.pattern.replace("0", number);
  });
});
