-- Workflows over many guests, written on vmm and async: batches, tiers, and a deadline for all of it.

local G = script_globals
local check, raise, failure_of, allows = host.check, host.raise, host.failure, host.allows
local message_of, kind_of, step = host.message_of, host.kind_of, host.step
local seconds, brief, share = host.seconds, host.brief, host.share
local ipairs, pairs, pcall, error, type, tostring = ipairs, pairs, pcall, error, type, tostring
local move, sort, rawget, setmetatable = table.move, table.sort, rawget, setmetatable
local pack, unpack, concat, min, max = table.pack, table.unpack, table.concat, math.min, math.max
local vmm, async = G.vmm, G.async
local power_off, wait_task = vmm.power_off, vmm.wait_task
local sleep, map, timeout_after = async.sleep, async.map, async.timeout
local statuses, deadline_in = host.vmm.statuses, host.deadline_in
local spawn, next_ended, make_group, reserve_paths = tasks.spawn, tasks.next, tasks.group, tasks.reserve

local flow = G.flow
local wait_for = flow.wait_for

-- MARK: Selections

local check_list, select_guests, everyone = host.check_list, host.select, host.everyone

-- The guests that an argument names, and their places by their ids.
local function selection(name, what, value, all)
  local guests, places, twice = select_guests(name, what, value, all)
  if twice then raise(name .. ": " .. twice .. " is there twice") end
  return guests, places
end

-- MARK: Many guests

local list_of_guests = host.guests

-- What became of the guests of a batch or a tier.
local function new_tally()
  return { done = list_of_guests {}, failed = list_of_guests {}, skipped = list_of_guests {}, errors = {} }
end

-- The guests that a function which returns a change has left as they were; by the tally, as scripts see no such field.
local unchanged_of = setmetatable({}, { __mode = "k" })

local function tally_failure(words, tally)
  local reasons = {}
  for i, guest in ipairs(tally.failed) do reasons[i] = guest.guest_name .. " (" .. message_of(tally.errors[i]) .. ")" end
  local message = words
  if #reasons > 0 then message = message .. ": " .. concat(reasons, ", ") end
  local changed, unchanged = {}, {}
  for _, guest in ipairs(tally.done) do
    local names = unchanged_of[tally] and unchanged_of[tally][guest.guest_id] and unchanged or changed
    names[#names + 1] = guest.guest_name
  end
  if #changed > 0 then message = message .. "; done: " .. concat(changed, ", ") end
  if #unchanged > 0 then message = message .. "; left as they were: " .. concat(unchanged, ", ") end
  if #tally.skipped > 0 then message = message .. "; not begun: " .. concat(tally.skipped:names(), ", ") end
  return failure_of("batch_failed", message, {
    guest = tally.failed[1] and tally.failed[1].guest_name,
    done = tally.done, failed = tally.failed, skipped = tally.skipped, errors = tally.errors,
  })
end

-- Calls fn for each guest, up to `limit` at a time; a failure is put down, and cancels nobody else.
local function each(guests, limit, tally, fn)
  local outcomes = map(guests, { limit = limit }, function(guest)
    local ok, result = pcall(fn, guest)
    return { ok = ok, problem = not ok and result or nil, is_unchanged = ok and type(result) == "table" and rawget(result, "changed") == false }
  end)
  local unchanged = unchanged_of[tally] or {}
  unchanged_of[tally] = unchanged
  for i, outcome in ipairs(outcomes) do
    if outcome.is_unchanged then unchanged[guests[i].guest_id] = true end
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
    local change = fn(guest)
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
    return change
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

-- Cuts the power of a guest, trying again as long as there is time: it may boot, when its power can't be cut on every NAS, or the
-- NAS may be busy. Returns the task.
local function cut_power(guest, deadline)
  while true do
    local ok, result = pcall(power_off, guest, { force = true, timeout = deadline.rest() })
    if ok then
      wait_task(result, { timeout = deadline.rest() })
      return result
    end
    local kind = kind_of(result)
    -- Whether power was cut is not known: that is told, and not done again blindly.
    if kind == "cancelled" or kind == "permission_denied" or kind == "outcome_unknown" or deadline.is_over() then error(result, 0) end
    sleep(min(1, deadline.rest()))
  end
end

-- Those of the guests that are up. Where the NAS gives no list in a small part of the time, all of them: each is asked then.
local function still_up(guests, deadline)
  local ok, status = pcall(timeout_after, deadline.rest() / 5, statuses)
  if not ok then
    if kind_of(status) == "cancelled" then error(status, 0) end
    return guests
  end
  local up = {}
  for _, guest in ipairs(guests) do
    local word = status[guest.guest_id]
    if word and word ~= "stopped" and word ~= "crashed" then up[#up + 1] = guest end
  end
  return up
end

-- Cuts the power of those that are up, all at once. Returns the names of those whose power was cut, and what failed. Tries begin
-- before the deadline; what is under way then gets as long as the reserve again, but a NAS that doesn't answer holds up no end.
local function cut_all(guests, deadline, reserve)
  local cut, failed = {}, {}
  local up = still_up(guests, deadline)
  map(up, { limit = #up + 1 }, function(guest)
    local ok, result = pcall(timeout_after, deadline.rest() + reserve, function() return cut_power(guest, deadline) end)
    if ok then
      if result.changed then cut[#cut + 1] = result.guest_name end
    elseif kind_of(result) == "cancelled" then
      error(result, 0)
    elseif kind_of(result) ~= "not_found" then -- one that is gone has no power to cut
      failed[#failed + 1] = ("the power of %s could not be cut: %s"):format(guest.guest_name, message_of(result))
    end
  end)
  return cut, failed
end

--: flow.deadline(time: duration, {reserve: duration = "30s", force: guests}, fn: function) -> fn's results
--: Calls fn. If it has not ended when the time less the reserve is over, it is cancelled, the power of those of the `force`
--: guests that are still up is cut, and `timeout` is raised. What the NAS refuses then is tried again until the time is over.
--: errors: timeout
--: permission: vmm.power_off
--: example: flow.deadline("8m", { force = vmm.list() }, function() flow.stop("web-1", { timeout = "5m" }) end)
function flow.deadline(time, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("flow.deadline", time, options, fn)
  options = options or {}
  local force = selection("flow.deadline", "option force", options.force or {})
  local reserve = seconds(options.reserve or "30s")
  local rest = seconds(time) - reserve
  if rest <= 0 then raise("flow.deadline: the reserve must be shorter than " .. brief(seconds(time))) end
  if options.force and not allows("vmm.power_off") then
    error(failure_of("permission_denied", "flow.deadline: the option force needs the permission vmm.power_off", { hint = "allow it with --allow vmm.power_off" }), 0)
  end
  local all_of_it = deadline_in(time)
  -- async.timeout would wait until what it cancelled has ended, which one request without an answer may hold up: power is cut
  -- meanwhile.
  local group = make_group()
  local before = reserve_paths(2)
  local work, timer = spawn(group, before + 1, fn), spawn(group, before + 2, sleep, rest)
  if next_ended(group) - before == 1 then
    timer:cancel()
    return work:await()
  end
  work:cancel()
  local cut, failed = cut_all(force, deadline_in(max(all_of_it.rest(), 1)), reserve)
  pcall(work.await, work)
  local words = "not done " .. brief(reserve) .. " before the deadline"
  if #cut > 0 then words = words .. "; the power of " .. concat(cut, ", ") .. " was cut" end
  if #failed > 0 then words = words .. "; " .. concat(failed, "; ") end
  error(failure_of("timeout", words, { cut = cut, failed = failed }), 0)
end
