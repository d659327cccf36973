-- Visitors that differ as browsers do: the program tells cookieless visitors apart by address and browser.
local visitor = 0

request = function()
    visitor = visitor + 1
    wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/" .. (visitor % 5000)
    return wrk.format("GET", nil)
end

done = function(summary, latency, requests)
    local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
    io.stderr:write(string.format('{"requests_per_s": %.0f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d, "mb_per_s": %.1f}\n',
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors,
        summary.bytes / summary.duration))
end
