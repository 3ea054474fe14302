-- probe: whether something answers. probe.tcp is an operation of its own; what an answer is worth is judged here.

local G = script_globals
local check, raise, seconds, brief, elapsed = host.check, host.raise, host.seconds, host.brief, host.elapsed
local answer_to, sleep = host.probe.http, G.async.sleep
local find, format, max, min = string.find, string.format, math.max, math.min
local pcall, tostring, type = pcall, tostring, type

local probe = G.probe

-- Whether a pattern of the script's fits; what Lua has against the pattern is the script's doing.
local function fits(body, pattern)
  local ok, start = pcall(find, body, pattern)
  if not ok then raise("probe.http: option body must be a Lua pattern, not '" .. pattern .. "': " .. tostring(start)) end
  return start ~= nil
end

--: probe.http(url: string, {status: integer = 200, body: string, timeout: duration = "10s"}) -> true | false, reason
--: Tells whether a web server answers a GET with that status, and with a body that the Lua pattern `body` fits.
--: One try. Redirects are not followed, certificates are not verified, and 64 KiB of a body are looked at.
--: The name is looked up once; it, or the address that is connected to, must be allowed.
--: errors: permission_denied unsupported
--: permission: net
--: example: local up, reason = probe.http("http://web-1:8080/ok", { body = "ready" })
function probe.http(url, options)
  check("probe.http", url, options)
  options = options or {}
  local wanted, pattern = options.status or 200, options.body
  if pattern then fits("", pattern) end -- a pattern that is none is told before anybody is asked
  local answer, text = answer_to(url, { timeout = options.timeout })
  if answer == true then return true end
  if answer == false then return false, text end
  if answer ~= wanted then return false, format("answered %d, expected %d", answer, wanted) end
  if pattern and not fits(text, pattern) then return false, "the body doesn't match '" .. pattern .. "'" end
  return true
end

--: probe.stable(duration: duration, {every: duration = "5s"}, fn: function) -> true | false, reason
--: Calls fn at once and every `every` for so long, and tells whether it returned a true value each time.
--: It ends at the first other; the reason is fn's own second result, where there is one.
--: example: probe.stable("1m", { every = "10s" }, function() return probe.tcp("web-1", 80) end)
function probe.stable(duration, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("probe.stable", duration, options, fn)
  local length, every = seconds(duration), seconds(options and options.every or 5)
  if every <= 0 then raise("probe.stable: option every must be longer than 0") end
  local start = elapsed()
  local due = start
  while true do
    local holds, reason = fn()
    local now = elapsed()
    if not holds then
      if reason ~= nil then return false, reason end
      if now == start then return false, "fn did not hold at its first call" end
      return false, "fn did not hold after " .. brief(now - start)
    end
    -- The clock counts finer than anybody waits.
    local left = length - (now - start)
    if left < 0.001 then return true end
    due = max(due + every, now)
    sleep(min(due - now, left))
  end
end
