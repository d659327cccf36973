// Suppilo's browser snippet: what visitors do on a site of one's own, first-party and without a cookie until
// somebody says yes.
//
//   <script>window.suppilo=window.suppilo||function(){(suppilo.q=suppilo.q||[]).push(arguments)}</script>
//   <script async src="https://funnel.example/suppilo.js" data-key="wk_..."></script>
//
//   suppilo("track", "Plan Chosen", { plan: "gold" })     an event of one's own
//   suppilo("identify", "customer-17", { plan: "gold" })  who this is, for the rest of the visit
//   suppilo("page")                                       a view by hand
//   suppilo("consent", true | false)                      true sets the cookie sup_id (180 days), false removes it
//
// By itself it sends page views (history navigation too), clicks that leave the site ("Outbound Link Clicked"),
// downloads ("File Downloaded"), clicks on [data-sup-event] (data-sup-plan="gold" becomes the property plan) and
// sent forms ("Form Submitted": the names of the fields, never what was written; only a field marked
// data-sup-field is sent with its value). data-views="off" on the script leaves page views and forms to the
// server, as on Suppilo's own pages.
//
// Wire format: POST {origin of this script}/e/s, text/plain (a beacon needs no preflight), JSON:
//   {"k": write key, "b": [{
//     "t": "page" | "track" | "identify", "n": name of the event, "i": message id (24 hex digits),
//     "ts": ms between the event and the sending, "u": address of the page (a fragment only when it is a route),
//     "r": referrer, "l": title, "p": properties (traits when t is identify), "d": id given to identify,
//     "a": the id in the cookie and "c": true, both only with consent; without them the server derives the
//     cookieless id of the day}]}
// Campaign parameters are read by the server from "u" of the first view.
(function (w, d) {
  var script = d.currentScript;
  var data = script.dataset;
  var to = new URL("/e/s", script.src).href;
  var own = data.views == "off";
  var early = w.suppilo && w.suppilo.q || [];
  var queue = [];
  var referrer = d.referrer;
  var id = (d.cookie.match(/(?:^|;\s*)sup_id=(\w+)/) || [])[1];
  var timer, seen, user;

  function token() {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), function (byte) {
      return (byte + 256).toString(16).slice(1);
    }).join("");
  }
  function here() {
    return location.href.replace(/#(?![!/]).*/, "");
  }
  function add(type, name, props) {
    queue.push({ t: type, n: name, p: props, i: token(), u: here(), r: referrer, l: d.title, d: user, a: id || undefined, c: id ? true : undefined, ts: Date.now() });
    if (queue.length > 19) send();
    else timer = timer || setTimeout(send, 400);
  }
  function send() {
    clearTimeout(timer);
    timer = 0;
    if (!queue.length) return;
    var now = Date.now();
    var body = JSON.stringify({ k: data.key, b: queue.splice(0, 20).map(function (item) {
      item.ts = now - item.ts;
      return item;
    }) });
    try {
      if (navigator.sendBeacon(to, body)) return;
    } catch (error) {}
    fetch(to, { method: "POST", body: body, keepalive: true, mode: "no-cors" }).catch(function () {});
  }
  function view() {
    var url = here();
    if (url == seen) return;
    if (seen) referrer = seen;
    seen = url;
    add("page");
  }
  function consent(given) {
    if (given) id = id || token();
    else if (!id) return;
    add("track", given ? "Consent Given" : "Consent Withdrawn");
    if (!given) id = "";
    d.cookie = "sup_id=" + id + ";path=/;samesite=lax;max-age=" + (given ? 15552000 : 0) + (location.protocol == "https:" ? ";secure" : "");
  }
  function command(name, first, second) {
    if (name == "track") add(name, first, second);
    if (name == "identify") {
      user = first + "";
      add(name, undefined, second);
    }
    if (name == "consent") consent(first);
    if (name == "page") {
      seen = "";
      view();
    }
  }
  function click(event) {
    var target = event.target.closest && event.target.closest("a[href],[data-sup-event]");
    if (!target) return;
    var props = {};
    for (var key in target.dataset) {
      if (/^sup[A-Z]/.test(key) && key != "supEvent") props[key[3].toLowerCase() + key.slice(4)] = target.dataset[key];
    }
    var url = target.href;
    if (url) props.url = url;
    if (target.dataset.supEvent) return add("track", target.dataset.supEvent, props);
    if (target.hasAttribute("download") || /\.(pdf|zip|docx?|xlsx?|pptx?|csv|ics|dmg|exe|apk|mp[34])$/i.test(target.pathname)) add("track", "File Downloaded", props);
    else if (/^http/.test(target.protocol) && target.host != location.host) add("track", "Outbound Link Clicked", props);
  }
  function submit(event) {
    var form = event.target;
    var props = { form: form.getAttribute("id") || form.getAttribute("name") || "", fields: [] };
    Array.from(form.elements).forEach(function (field) {
      if (!field.name || field.type == "hidden") return;
      if (props.fields.indexOf(field.name) < 0) props.fields.push(field.name);
      var mark = field.dataset.supField;
      if (mark != null && field.type != "password") props[mark || field.name] = field.value;
    });
    add("track", "Form Submitted", props);
  }
  function start() {
    if (!own) {
      view();
      ["pushState", "replaceState"].forEach(function (name) {
        var original = history[name];
        history[name] = function () {
          original.apply(history, arguments);
          view();
        };
      });
      w.addEventListener("popstate", view);
      d.addEventListener("submit", submit, true);
    }
    d.addEventListener("click", click, true);
    d.addEventListener("auxclick", click, true);
    d.addEventListener("visibilitychange", function () {
      if (d.visibilityState == "hidden") send();
    });
    w.addEventListener("pagehide", send);
    w.suppilo = command;
    for (var i = 0; i < early.length; i++) command.apply(null, early[i]);
  }
  if (d.prerendering) d.addEventListener("prerenderingchange", start, { once: true });
  else start();
})(window, document);
