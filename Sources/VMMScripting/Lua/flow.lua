-- Workflows over guests, written on vmm and async: one guest, many guests, and a deadline for all of it.

local G = script_globals
local check, raise, failure_of, allows = host.check, host.raise, host.failure, host.allows
local message_of, kind_of, step = host.message_of, host.kind_of, host.step
local is_cancelled, pending_action = host.is_cancelled, host.pending_action
local seconds, brief, share = host.seconds, host.brief, host.share
local ipairs, pairs, pcall, error, type, tostring = ipairs, pairs, pcall, error, type, tostring
local move, sort = table.move, table.sort
local pack, unpack, concat = table.pack, table.unpack, table.concat
local vmm, async = G.vmm, G.async
local get, shutdown, power_on, power_off = vmm.get, vmm.shutdown, vmm.power_on, vmm.power_off
local wait_task, wait_status = vmm.wait_task, vmm.wait_status
local sleep, map, timeout_after = async.sleep, async.map, async.timeout
local warn = G.log.warn
local statuses = host.vmm.statuses

local flow = G.flow
local wait_for, defer = flow.wait_for, flow.defer

-- MARK: Selections

local check_list, select_guests, everyone = host.check_list, host.select, host.everyone

-- The guests that an argument names, and their places by their ids.
local function selection(name, what, value, all)
  local guests, places, twice = select_guests(name, what, value, all)
  if twice then raise(name .. ": " .. twice .. " is there twice") end
  return guests, places
end

-- MARK: One guest

local function is_down(guest) return guest.status == "stopped" or guest.status == "crashed" end

-- A guest on its way is let arrive first: nothing can be asked of it before.
local function settled(guest, options)
  if guest.status ~= "booting" and guest.status ~= "shutting_down" then return guest end
  local ends = { "running", "stopped" }
  -- One that the script has sent on its way may show as it was all the while.
  if pending_action(guest.guest_id) then ends = guest.status == "booting" and "running" or "stopped" end
  return wait_status(guest, ends, { timeout = options.timeout or "5m" })
end

local function change_of(before, after, changed)
  return { guest = after, changed = changed, before = before, after = after }
end

local function may_cut(guest)
  return allows("vmm.power_off:" .. guest.guest_name) or allows("vmm.power_off:" .. guest.guest_id)
end

-- Gives the change, and whether it was asked for here rather than under way already.
local function stop(guest, options)
  if guest.status == "booting" then guest = settled(guest, options) end
  if is_down(guest) then return change_of(guest, guest, false), false end
  if options.force and not may_cut(guest) then
    error(failure_of("permission_denied", "the option force needs the permission vmm.power_off for " .. guest.guest_name,
      { guest = guest.guest_name, hint = "allow it with --allow 'vmm.power_off:" .. guest.guest_name .. "'" }), 0)
  end
  local is_ours = false
  local ok, problem = pcall(function()
    local task = shutdown(guest)
    is_ours = task.changed
    wait_task(task, { timeout = options.timeout or "5m" })
  end)
  if not ok then
    -- A guest that can't be asked to shut down, or doesn't, has its power cut; anything else is not known well enough.
    local kind = kind_of(problem)
    if not options.force or (kind ~= "timeout" and kind ~= "task_failed") then error(problem, 0) end
    warn("cutting its power, as it does not shut down", { guest = guest.guest_name })
    wait_task(power_off(guest, { force = true }), { timeout = options.force_timeout or "1m" })
    is_ours = true
  end
  return change_of(guest, get(guest), true), is_ours
end

local function start(guest, options)
  if guest.status == "shutting_down" then guest = settled(guest, options) end
  if guest.status == "running" then return change_of(guest, guest, false) end
  wait_task(power_on(guest), { timeout = options.timeout or "5m" })
  return change_of(guest, get(guest), true)
end

--: flow.stop(ref: guest, {timeout: duration = "5m", force: boolean = false, force_timeout: duration = "1m"}) -> change
--: Shuts a guest down and waits until it is off. With force, its power is cut if it isn't by then.
--: errors: timeout task_failed
--: permission: vmm.shutdown
--: example: flow.stop("web-1", { timeout = "10m" })
function flow.stop(ref, options)
  check("flow.stop", ref, options)
  local guest = get(ref)
  return (step("stop", guest.guest_name, stop, guest, options or {}))
end

--: flow.start(ref: guest, {timeout: duration = "5m"}) -> change
--: Powers a guest on and waits until it runs.
--: errors: timeout wrong_state task_failed
--: permission: vmm.power_on
--: example: flow.start("web-1")
function flow.start(ref, options)
  check("flow.start", ref, options)
  local guest = get(ref)
  return step("start", guest.guest_name, start, guest, options or {})
end

-- A run that is cancelled in the midst of a restart doesn't leave a guest off that it has stopped, as it ran before. Nobody waits
-- until it is up: what was cancelled is to end soon.
local function bring_back(guest, was_stopped, options)
  local pending, is_ours = pending_action(guest.guest_id)
  if not is_ours then pending = nil end
  if pending == "shutdown" or pending == "power_off" then
    wait_status(guest, "stopped", { timeout = options.timeout or "5m" })
    was_stopped = true
  end
  if was_stopped and pending ~= "power_on" and is_down(get(guest)) then power_on(guest) end
end

--: flow.restart(ref: guest, {timeout: duration = "5m", force: boolean = false, force_timeout: duration = "1m", start_timeout: duration = "5m"}) -> change
--: Stops a guest and starts it again, also where the run is cancelled in between. One that does not run stays as it is.
--: errors: timeout task_failed
--: permission: vmm.shutdown
--: example: flow.restart("web-1", { timeout = "10m", force = true })
function flow.restart(ref, options)
  check("flow.restart", ref, type(options) == "table" and options or nil)
  options = type(options) == "table" and options or {}
  local guest = settled(get(ref), options)
  if guest.status ~= "running" then return change_of(guest, guest, false) end
  return step("restart", guest.guest_name, function()
    local was_stopped, was_cancelled = false, is_cancelled()
    defer(function(problem)
      -- A task that the script itself cancels is the script's to care for: at a deadline, say, the power may be about to fail.
      if kind_of(problem) == "cancelled" and is_cancelled() and not was_cancelled then bring_back(guest, was_stopped, options) end
    end)
    local stopped, is_ours = stop(guest, options)
    was_stopped = is_ours
    return change_of(guest, start(stopped.after, { timeout = options.start_timeout }).after, true)
  end)
end

-- MARK: Many guests

local list_of_guests = host.guests

-- What became of the guests of a batch or a tier.
local function new_tally()
  return { done = list_of_guests {}, failed = list_of_guests {}, skipped = list_of_guests {}, errors = {} }
end

local function tally_failure(words, tally)
  local reasons = {}
  for i, guest in ipairs(tally.failed) do reasons[i] = guest.guest_name .. " (" .. message_of(tally.errors[i]) .. ")" end
  local message = words
  if #reasons > 0 then message = message .. ": " .. concat(reasons, ", ") end
  if #tally.done > 0 then message = message .. "; done: " .. concat(tally.done:names(), ", ") end
  if #tally.skipped > 0 then message = message .. "; not begun: " .. concat(tally.skipped:names(), ", ") end
  return failure_of("batch_failed", message, {
    guest = tally.failed[1] and tally.failed[1].guest_name,
    done = tally.done, failed = tally.failed, skipped = tally.skipped, errors = tally.errors,
  })
end

-- Calls fn for each guest, up to `limit` at a time; a failure is put down, and cancels nobody else.
local function each(guests, limit, tally, fn)
  local outcomes = map(guests, { limit = limit }, function(guest)
    local ok, problem = pcall(fn, guest)
    return { ok = ok, problem = problem }
  end)
  for i, outcome in ipairs(outcomes) do
    if outcome.ok then
      tally.done[#tally.done + 1] = guests[i]
    else
      tally.failed[#tally.failed + 1] = guests[i]
      tally.errors[#tally.failed] = outcome.problem
    end
  end
end

-- Those of the remaining guests that can be taken now, so that no more than `batch` of all are out of service. `places` has
-- the places of all by their ids; only few are looked at in each wave, as there may be thousands.
local function next_wave(places, remaining, batch)
  local out_of_service, down = statuses { except = "running" }, {}
  for id in pairs(out_of_service) do down[#down + 1] = places[id] end
  local out, wave, rest = #down, {}, {}
  for i, guest in ipairs(remaining) do
    if #wave == batch then
      move(remaining, i, #remaining, #rest + 1, rest)
      break
    end
    -- One that is down already is counted already; one that is gone is taken for one that runs, and fails.
    local is_up = not out_of_service[guest.guest_id]
    if not is_up or out < batch then
      wave[#wave + 1] = guest
      if is_up then out = out + 1 end
    else
      rest[#rest + 1] = guest
    end
  end
  return wave, rest, down
end

--: flow.rolling(guests: guests, {batch: share = 1, max_failures: integer = 0, pause: duration = "0s", health: function, health_timeout: duration = "5m", on_failure: string = "stop", allow_empty: boolean = false}, fn: function) -> {done, failed, skipped}
--: Calls fn(guest) for one batch of guests after the other; never more than the batch is out of service, guests that are down
--: already counted. `health` must come true for each guest before the next batch. After more than max_failures no batch is
--: begun, unless on_failure is "continue". If any guest failed, batch_failed is raised, with done, failed, skipped and errors.
--: errors: batch_failed empty_selection
--: example: flow.rolling(vmm.list{ name = "web-*" }, { batch = 2, pause = "30s" }, flow.restart)
function flow.rolling(guests, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("flow.rolling", guests, options, fn)
  options = options or {}
  local places
  guests, places = selection("flow.rolling", "argument 1 (guests)", guests)
  local on_failure = options.on_failure or "stop"
  if on_failure ~= "stop" and on_failure ~= "continue" then
    raise('flow.rolling: option on_failure must be "stop" or "continue", not "' .. on_failure .. '"')
  end
  if (options.max_failures or 0) < 0 then
    raise("flow.rolling: option max_failures must be 0 or more, not " .. options.max_failures)
  end
  local tally = new_tally()
  if #guests == 0 then
    if options.allow_empty then return tally end
    error(failure_of("empty_selection", "flow.rolling: there are no guests", { hint = "check the selection, or set allow_empty = true" }), 0)
  end
  local batch = share(options.batch or 1, #guests)
  local most = on_failure == "continue" and #guests or options.max_failures or 0
  local health = options.health

  local function one(guest)
    fn(guest)
    if health then
      local patience, reason = options.health_timeout or "5m", nil
      local ok, problem = pcall(step, "health", guest.guest_name, wait_for, { timeout = patience }, function()
        local is_healthy, why = health(guest)
        reason = type(why) == "string" and ": " .. why or ""
        return is_healthy
      end)
      if not ok and kind_of(problem) == "timeout" then
        error(failure_of("timeout", "not healthy after " .. brief(seconds(patience)) .. (reason or ""), { guest = guest.guest_name }), 0)
      elseif not ok then
        error(problem, 0)
      end
    end
  end

  local remaining, is_first = guests, true
  while #remaining > 0 and #tally.failed <= most do
    if not is_first and seconds(options.pause or 0) > 0 then sleep(options.pause) end
    is_first = false
    local wave, rest, down = next_wave(places, remaining, batch)
    if #wave == 0 then
      for _, guest in ipairs(remaining) do tally.skipped[#tally.skipped + 1] = guest end
      sort(down)
      for i, place in ipairs(down) do down[i] = guests[place].guest_name end
      error(tally_failure(("%d of the %d guests are out of service (%s), as many as the batch of %d allows")
        :format(#down, #guests, concat(down, ", "), batch), tally), 0)
    end
    each(wave, batch, tally, one)
    remaining = rest
  end
  for _, guest in ipairs(remaining) do tally.skipped[#tally.skipped + 1] = guest end
  if #tally.failed > 0 then error(tally_failure(#tally.failed .. " of " .. #guests .. " guests failed", tally), 0) end
  return tally
end

--: flow.tiers(tiers: list, {reverse: boolean = false, limit: integer}, fn: function) -> {done, failed, skipped}
--: Calls fn(guest) for the guests of one tier after the other, the last first with reverse. A tier is
--: {name=, guests=, ready=function()->boolean, timeout="5m"}; `ready` must come true before the next tier, but for reverse.
--: A guest that two tiers name is bad_argument.
--: errors: batch_failed timeout
--: example: flow.tiers({ { name = "db", guests = vmm.list{ tag = "db" } }, { name = "web", guests = vmm.list{ tag = "web" } } }, flow.start)
function flow.tiers(tiers, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("flow.tiers", tiers, options, fn)
  options = options or {}
  check_list("flow.tiers", "the tiers", tiers)
  local all, selected, tier_of = everyone(), {}, {}
  for i, tier in ipairs(tiers) do
    if type(tier) ~= "table" or tier.guests == nil then raise("flow.tiers: tier " .. i .. " must be a table with guests") end
    local guests = selection("flow.tiers", "the guests of tier " .. i, tier.guests, all)
    for _, guest in ipairs(guests) do
      local other = tier_of[guest.guest_id]
      if other then raise(("flow.tiers: %s is there twice, in tier %d and in tier %d"):format(guest.guest_name, other, i)) end
      tier_of[guest.guest_id] = i
    end
    selected[i] = { name = tier.name, guests = guests, ready = tier.ready, timeout = tier.timeout }
  end
  tiers = selected
  if options.limit and options.limit < 1 then raise("flow.tiers: option limit must be at least 1, not " .. options.limit) end

  local tally = new_tally()
  local function skip_from(position)
    for i = position, #tiers do
      for _, guest in ipairs(tiers[options.reverse and #tiers + 1 - i or i].guests) do tally.skipped[#tally.skipped + 1] = guest end
    end
  end
  for i = 1, #tiers do
    local number = options.reverse and #tiers + 1 - i or i
    local tier = tiers[number]
    local name = tostring(tier.name or number)
    step("tier " .. name, nil, function()
      each(tier.guests, options.limit or #tier.guests + 1, tally, fn)
      if #tally.failed == 0 then return end
      skip_from(i + 1)
      error(tally_failure("tier " .. name .. ": " .. #tally.failed .. " of " .. #tier.guests .. " guests failed", tally), 0)
    end)
    if tier.ready and not options.reverse then
      local patience = tier.timeout or "5m"
      local ok, problem = pcall(wait_for, { timeout = patience }, tier.ready)
      if not ok then
        if kind_of(problem) ~= "timeout" then error(problem, 0) end
        skip_from(i + 1)
        error(failure_of("timeout", "tier " .. name .. " was not ready after " .. brief(seconds(patience)),
          { done = tally.done, failed = tally.failed, skipped = tally.skipped }), 0)
      end
    end
  end
  return tally
end

-- MARK: All of it in time

--: flow.deadline(time: duration, {reserve: duration = "30s", force: guests}, fn: function) -> fn's results
--: Calls fn. If it has not ended when the time less the reserve is over, it is cancelled, the power of those of the `force`
--: guests that are still up is cut, and `timeout` is raised.
--: errors: timeout
--: permission: vmm.power_off
--: example: flow.deadline("8m", { force = vmm.list() }, function() flow.stop("web-1", { timeout = "5m" }) end)
function flow.deadline(time, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("flow.deadline", time, options, fn)
  options = options or {}
  local force = selection("flow.deadline", "option force", options.force or {})
  local rest = seconds(time) - seconds(options.reserve or "30s")
  if rest <= 0 then raise("flow.deadline: the reserve must be shorter than " .. brief(seconds(time))) end
  if options.force and not allows("vmm.power_off") then
    error(failure_of("permission_denied", "flow.deadline: the option force needs the permission vmm.power_off", { hint = "allow it with --allow vmm.power_off" }), 0)
  end
  -- The task that is timed is told apart from what it raises itself: a `timeout` of its own is not this one.
  local outcome
  local ok, problem = pcall(timeout_after, rest, function() outcome = pack(pcall(fn)) end)
  if outcome and (ok or kind_of(problem) ~= "timeout") then
    if not outcome[1] then error(outcome[2], 0) end
    return unpack(outcome, 2, outcome.n)
  end
  if kind_of(problem) ~= "timeout" then error(problem, 0) end
  local cut, failed, up = {}, {}, {}
  local status = statuses()
  for _, guest in ipairs(force) do
    if status[guest.guest_id] and status[guest.guest_id] ~= "stopped" and status[guest.guest_id] ~= "crashed" then
      up[#up + 1] = guest
    end
  end
  local reserve = options.reserve or "30s"
  -- While a guest boots, its power can't be cut on every NAS: that is tried again as long as there is time.
  local function cut_power(guest)
    local done, result = pcall(power_off, guest, { force = true })
    if done then return result end
    if kind_of(result) ~= "wrong_state" then error(result, 0) end
    return false, message_of(result)
  end
  map(up, { limit = #up + 1 }, function(guest)
    local done, result = pcall(function()
      local task = wait_for({ timeout = reserve, every = "1s" }, function() return cut_power(guest) end)
      wait_task(task, { timeout = reserve })
      return task
    end)
    if not done then
      failed[#failed + 1] = message_of(result)
    elseif result.changed then
      cut[#cut + 1] = result.guest_name
    end
  end)
  local words = "not done " .. brief(seconds(reserve)) .. " before the deadline"
  if #cut > 0 then words = words .. "; the power of " .. concat(cut, ", ") .. " was cut" end
  if #failed > 0 then words = words .. "; " .. concat(failed, "; ") end
  error(failure_of("timeout", words, { cut = cut, failed = failed }), 0)
end
