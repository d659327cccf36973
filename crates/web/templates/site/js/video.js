// Nothing is asked of the film's host before the visitor asks for the film.
document.querySelectorAll("a[data-v]").forEach(link => link.addEventListener("click", event => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const frame = document.createElement("iframe");
  frame.src = link.href;
  frame.title = link.dataset.v;
  frame.allow = "autoplay; fullscreen; picture-in-picture";
  const box = document.createElement("div");
  box.className = "box";
  box.append(frame);
  link.replaceWith(box);
  frame.focus();
  if (window.suppilo) suppilo("track", "Video Played", { title: link.dataset.v });
}));
