-- Waiting for something to come about, and trying again.

local G = script_globals
local check, raise, failure_of, kind_of = host.check, host.raise, host.failure, host.kind_of
local seconds, brief, elapsed = host.seconds, host.brief, host.elapsed
local ipairs, pcall, error, type = ipairs, pcall, error, type
local min, max, setmetatable = math.min, math.max, setmetatable
local pack, unpack = table.pack, table.unpack
local sleep, check_kinds = G.async.sleep, host.check_kinds

local flow = G.flow

-- Whether and when a time is over; math.huge never is.
local function deadline_in(time)
  local start, patience = elapsed(), seconds(time)
  return {
    is_over = function() return elapsed() - start >= patience end,
    rest = function() return max(0, patience - (elapsed() - start)) end,
  }
end

host.deadline_in = deadline_in

--: flow.wait_for({timeout: duration = "10m", every: duration = "5s"}, fn: function) -> first true value
--: Calls fn at once and then `every` so often, until it returns a true value, and returns that.
--: errors: timeout
--: example: flow.wait_for({ timeout = "2m" }, function() return probe.tcp("web-1", 443) end)
function flow.wait_for(options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("flow.wait_for", options, fn)
  local patience, every = options and options.timeout or "10m", seconds(options and options.every or "5s")
  if every <= 0 then raise("flow.wait_for: option every must be longer than 0") end
  local deadline = deadline_in(patience)
  while true do
    local value, reason = fn()
    if value then return value end
    if deadline.is_over() then
      local why = type(reason) == "string" and ": " .. reason or ""
      error(failure_of("timeout", "what was waited for did not come about in " .. brief(seconds(patience)) .. why), 0)
    end
    sleep(min(every, deadline.rest()))
  end
end

--: flow.retry({attempts: integer = 3, backoff: duration = "1s", max_backoff: duration = "1m", on: list}, fn: function) -> fn's results
--: Calls fn(attempt) until it succeeds, with pauses that double. `on` names the kinds of error that are worth another try.
--: A cancellation never is. The last error is raised.
--: example: flow.retry({ attempts = 5, on = { "busy" } }, function() vmm.power_on("web-1") end)
function flow.retry(options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("flow.retry", options, fn)
  options = options or {}
  local attempts = options.attempts or 3
  if attempts < 1 then raise("flow.retry: option attempts must be at least 1, not " .. attempts) end
  check_kinds("flow.retry: option on", options.on)
  local pause, longest = seconds(options.backoff or "1s"), seconds(options.max_backoff or "1m")
  local function is_worth_it(kind)
    if kind == "cancelled" then return false end
    if not options.on then return true end
    for _, wanted in ipairs(options.on) do
      if wanted == kind then return true end
    end
    return false
  end
  for attempt = 1, attempts do
    local outcome = pack(pcall(fn, attempt))
    if outcome[1] then return unpack(outcome, 2, outcome.n) end
    if attempt == attempts or not is_worth_it(kind_of(outcome[2])) then error(outcome[2], 0) end
    sleep(min(pause, longest))
    pause = pause * 2
  end
end

local take_lock, give_back = host.flow.lock, host.flow.unlock
local lock_count = 0
local lock_metatable = { __close = function(lock) give_back(lock.number) end }

--: flow.lock(name: string, {wait: duration = "0s"}, fn: function) -> fn's results
--: Calls fn while this run holds the lock of that name, which one holds at a time of the runs that one user has on this machine and that name the NAS alike.
--: Where somebody else has it, waits for it up to `wait`. A run that ends in any way gives its locks back.
--: errors: locked
--: example: flow.lock("nightly", { wait = "10m" }, function() flow.rolling(vmm.list{ tag = "nightly" }, flow.restart) end)
function flow.lock(name, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("flow.lock", name, options, fn)
  lock_count = lock_count + 1
  -- Cancelled while it took the lock, a task has it all the same.
  local lock <close> = setmetatable({ number = lock_count }, lock_metatable)
  take_lock(name, lock.number, options)
  return fn()
end
