import SimulatedVMM

/// Writes scripts that do a bit of everything, the same for the same seed.
///
/// What runs side by side has guests of its own: who of two comes first at the same guest, no plan can know. Nor can it know
/// who draws a number first, or who gets the last of a host's memory.
struct RandomScript {
    private var chance: SplitMix64
    private var lastName = 0
    /// Whether nothing runs beside the next statement.
    private var isAlone = true
    /// Whether nothing runs side by side at all.
    private let isSequential: Bool

    /// A script over guests of those names; one that does one thing after the other where it is to be sequential.
    static func source(seed: UInt64, guests: [String], isSequential: Bool = false) -> String {
        var script = RandomScript(chance: SplitMix64(state: seed), isSequential: isSequential)
        let statements = (0...script.draw(3)).map { _ in script.statement(over: guests, depth: 2) }
        return prelude + statements.joined(separator: "\n")
    }

    private init(chance: SplitMix64, isSequential: Bool) {
        self.chance = chance
        self.isSequential = isSequential
    }

    /// `show` prints every field that there is; of those that no plan can know, and says so, the type.
    static let prelude = """
        local unknowable = { task_id = true, vcpu_usage = true, ram_used = true }
        local function show(path, value)
          if type(value) ~= "table" then return print(path .. " = " .. tostring(value)) end
          print(path .. " of " .. #value)
          for key, field in pairs(value) do
            local name = path .. "." .. tostring(key)
            if unknowable[key] or key == "progress" and value.status == "running" then print(name .. ": " .. type(field))
            else show(name, field) end
          end
        end
        local function try(fn, ...)
          local results = table.pack(pcall(fn, ...))
          local problem = results[2]
          if not results[1] and type(problem) == "table" and problem.kind == "cancelled" then error(problem, 0) end
          show(results[1] and "result" or "problem", problem)
          return results[1]
        end
        local function some(...) return vmm.list{ name = { ... } } end

        """

    // MARK: Chance

    /// From 0 up to `most`.
    private mutating func draw(_ most: Int) -> Int { Int(chance.next() % UInt64(most + 1)) }

    private mutating func one(of words: String...) -> String { words[draw(words.count - 1)] }

    private mutating func fresh(_ word: String) -> String {
        lastName += 1
        return "\(word)\(lastName)"
    }

    /// Parts that have nothing in common.
    private mutating func split(_ names: [String], into count: Int) -> [[String]] {
        var parts = [[String]](repeating: [], count: count)
        for name in names { parts[draw(count - 1)].append(name) }
        return parts.filter { !$0.isEmpty }
    }

    private func list(_ names: [String]) -> String {
        "some(" + names.map { "\"\($0)\"" }.joined(separator: ", ") + ")"
    }

    // MARK: Statements

    private mutating func statement(over names: [String], depth: Int) -> String {
        guard depth > 0, draw(2) > 0 else { return draw(2) > 0 ? act(on: names) : look(at: names) }
        func inner(_ names: [String]) -> String { "function() \(statement(over: names, depth: depth - 1)) end" }
        switch draw(7) {
        case 0 where !isSequential:
            let wasAlone = isAlone
            isAlone = false
            defer { isAlone = wasAlone }
            // One that fails would cancel the others, wherever they are just then.
            let branches = split(names, into: 2 + draw(1)).map { "function() try(\(inner($0))) end" }
            return "async.all{ \(branches.joined(separator: ",\n")) }"
        case 1: return "flow.step('part', \(inner(names)))"
        case 2: return "flow.lock('\(one(of: "a", "b"))', { wait = '5m' }, \(inner(names)))".inTry
        case 3: return "flow.deadline('9h', \(inner(names)))".inTry
        case 4: return "async.timeout('9h', \(inner(names)))".inTry
        case 5:
            let done = act(on: names)
            return
                "do flow.defer(function() try(function() \(done) end) end) \(statement(over: names, depth: depth - 1)) end"
        case 6:
            let test = condition(on: names)
            let (this, that) = (statement(over: names, depth: depth - 1), statement(over: names, depth: depth - 1))
            return "if \(test) then \(this) else \(that) end"
        default:
            let halves = split(names, into: 2).map { statement(over: $0, depth: depth - 1) }
            return halves.joined(separator: "\n")
        }
    }

    private mutating func act(on names: [String]) -> String {
        switch draw(2) {
        case 0: workflow(over: names)
        case 1: power(of: names[draw(names.count - 1)])
        default: patience(with: names[draw(names.count - 1)])
        }
    }

    // MARK: Many guests

    private mutating func body() -> String {
        one(
            of: "flow.restart",
            "flow.stop",
            "flow.start",
            "function(g) flow.restart(g, { force = true }) end",
            "function(g) if g.guest_name:find('[24]') then error('left alone', 0) end flow.restart(g) end"
        )
    }

    private mutating func workflow(over names: [String]) -> String {
        let (guests, body) = (list(names), body())
        let batch = isSequential ? "1" : one(of: "1", "2", "3", "'34%'", "'100%'")
        switch draw(6) {
        case 0: return "flow.rolling(\(guests), { batch = \(batch), on_failure = 'continue' }, \(body))".inTry
        case 1: return "flow.rolling(\(guests), { batch = \(batch), pause = '1m', max_failures = 1 }, \(body))".inTry
        case 2:
            let probe = one(of: "probe.tcp(g.guest_name, 443)", "probe.http('http://' .. g.guest_name .. '/ok')")
            let health = "health = function(g) return \(probe) end"
            return "flow.rolling(\(guests):where{ status = 'running' }, { batch = \(batch), \(health) }, \(body))".inTry
        case 3:
            let ready = "ready = function() return probe.tcp('lb', 80) end"
            let tiers = split(names, into: 3).map { "{ guests = \(list($0)), \(ready) }" }
            let options = isSequential ? "{ limit = 1 }" : one(of: "{ reverse = true }", "{ limit = 2 }", "{}")
            return "flow.tiers({ \(tiers.joined(separator: ", ")) }, \(options), \(body))".inTry
        case 4:
            return
                "async.map(\(guests), { limit = \(isSequential ? 1 : 1 + draw(3)) }, function(g) try(\(body), g) end)"
        case 5:
            let semaphore = fresh("two")
            let limit = isSequential ? 1 : 9
            let fn = "function(g) \(semaphore):with(function() try(\(body), g) end) end"
            return "local \(semaphore) = async.semaphore(2)\nasync.map(\(guests), { limit = \(limit) }, \(fn))"
        default:
            return """
                for _, g in ipairs(\(guests):where{ status = "stopped" }) do
                  local change = vmm.set(g, { vram_size = 512, autorun = \(draw(1)) })
                  show("change", change)
                  if change.changed then try(flow.start, g) else print(g.guest_name .. " has it already") end
                end
                """
        }
    }

    // MARK: One guest

    private mutating func power(of name: String) -> String {
        let guest = "'\(name)'"
        switch draw(7) {
        case 0: return "try(flow.\(one(of: "stop", "start", "restart")), \(guest))"
        case 1: return "try(vmm.\(one(of: "shutdown", "power_on")), \(guest)) async.sleep('1m')"
        case 2:
            return "if vmm.get(\(guest)).status == 'running' then try(flow.stop, \(guest)) end\n"
                + "if vmm.get(\(guest)).status == 'stopped' then try(flow.start, \(guest)) end"
        case 3:
            return "if try(vmm.shutdown, \(guest)) then show('stopped', vmm.wait_status(\(guest), 'stopped')) end"
        case 4: return "return vmm.wait_task(vmm.power_off(\(guest), { force = \(one(of: "true", "false")) }))".inTry
        case 5:
            let setting = one(
                of: "description = '#x'",
                "guest_name = '\(fresh("other"))'",
                "autorun = 2",
                "autorun = 1, description = 'now #\(fresh("tag"))'",
                "vcpu_num = 1",
                "vcpu_num = 200",
                "vram_size = 4000000"
            )
            return "try(vmm.set, \(guest), { \(setting) })"
        case 6: return "if vmm.get(\(guest)).status == 'stopped' then try(vmm.delete, \(guest)) end"
        default: return "try(vmm.\(one(of: "networks", "storages", "images")))"
        }
    }

    // MARK: What there is to see

    /// Reads, and shows all of it.
    private mutating func look(at names: [String]) -> String {
        let guest = "'\(names[draw(names.count - 1)])'"
        switch draw(isAlone ? 9 : 4) {
        case 0:
            let additional = one(
                of: "",
                ", { additional = { 'network' } }",
                ", { additional = { 'storage', 'network' } }",
                ", { additional = { 'snapshot' } }"
            )
            return "return vmm.get(\(guest)\(additional))".inTry
        case 1: return "show('guests', \(list(names)))"
        case 2:
            let filter = one(
                of: "tag = 'web'",
                "status = 'stopped'",
                "host = 'nas-1'",
                "status = { 'unknown', 'crashed' }"
            )
            return "show('selected', \(list(names)):where{ \(filter) })"
        case 3:
            let named = "({ \(names.map { "['\($0)'] = true" }.joined(separator: ", ")) })"
            return "for _, t in ipairs(vmm.tasks()) do if \(named)[t.guest_name] then show('task', t) end end".inTry
        case 4: return "return vmm.\(one(of: "networks", "storages", "images"))()".inTry
        case 5: return "return vmm.hosts()".inTry
        case 6:
            return
                "local t = os.date('*t', os.time()) print(t.year, t.month, t.isdst, os.date('!%F', 86400 * \(draw(999))),"
                + " os.difftime(os.time(), os.time()), math.type(os.time()), os.clock() >= 0)"
        case 7:
            return
                "print(math.random(1000), math.random() < 0.5) math.randomseed(math.random(9)) print(math.random(99))"
        case 8:
            return
                "print(tostring(select(2, pcall(vmm.get, 'nobody')))) try(vmm.wait_task, 'task_0', { timeout = '5s' })"
        default:
            return "local ok, e = pcall(vmm.power_on, \(guest)) print(ok, e.code, e.api, e.method, e.hint, e.guest)"
        }
    }

    /// What a script may branch on.
    private mutating func condition(on names: [String]) -> String {
        let guest = "vmm.get('\(names[draw(names.count - 1)])')"
        let kind = one(of: "hosts", "networks", "storages", "images", "tasks")
        switch draw(isAlone ? 13 : 10) {
        case 0: return "\(guest).raw_status == '\(one(of: "running", "stopped", "shutdown", "crashed"))'"
        case 1: return "vmm.list{ name = '\(names[0])' }[1].autorun == \(1 + draw(1))"
        case 2: return "(function() for k in pairs(\(guest)) do if k == 'description' then return true end end end)()"
        case 3: return "#\(guest).tags > 0"
        case 4: return "\(guest).vram_size > 4096"
        case 5: return "(function() for k, v in pairs(\(guest)) do if k == 'is_online' then return v end end end)()"
        case 6:
            return
                "(function() for k, v in pairs(\(guest)) do if k == 'host_name' then return v == 'nas-1' end end end)()"
        case 7: return "(select(2, pcall(vmm.set, '\(names[0])', { vcpu_num = 1 }))).code == \(one(of: "401", "402"))"
        case 8: return "(select(2, pcall(vmm.\(kind)))).kind == 'unsupported'"
        case 9: return "(select(2, pcall(vmm.delete, '\(names[0])'))).api == 'SYNO.Virtualization.API.Guest'"
        case 10: return "probe.tcp(\(guest).guest_name, 22)"
        case 11: return "math.random(2) == 1"
        case 12: return "pcall(vmm.tasks) and #vmm.tasks() > 2"
        default: return "pcall(vmm.hosts) and vmm.hosts()[1].free_ram_size < 65536"
        }
    }

    private mutating func patience(with name: String) -> String {
        let guest = "'\(name)'"
        switch draw(8) {
        case 0:
            return "try(vmm.shutdown, \(guest))\n"
                + "flow.wait_for({ every = '7s' }, function() return vmm.get(\(guest)).status ~= 'shutting_down' end)"
        case 1:
            let race = "async.any{ function() async.sleep('6s') end, function() return flow.restart(\(guest)) end }"
            return "try(function() show('first', (select(2, \(race)))) end)"
        case 2: return "async.timeout('6s', function() flow.stop(\(guest)) end)".inTry + "\nasync.sleep('1m')"
        case 3:
            return
                "flow.deadline('20s', { reserve = '12s', force = \(list([name])) }, function() flow.stop(\(guest)) end)"
                .inTry
        case 4:
            let task = fresh("task")
            return
                "local \(task) = async.spawn(function() flow.restart(\(guest)) end) async.sleep('6s') \(task):cancel()"
                + " async.sleep('1m') print(\(task).status) try(\(task).await, \(task))"
        case 5:
            let fn = "function() vmm.set(\(guest), { vcpu_num = 1 }) end"
            return "try(vmm.shutdown, \(guest))\n"
                + "flow.retry({ attempts = 3, backoff = '10s', on = { 'wrong_state' } }, \(fn))".inTry
        case 6: return "print(flow.approve('may \(name) be touched?').by ~= nil)".inTry
        case 7:
            let holds = "function() return vmm.get(\(guest)).status == 'running' end"
            return "print((probe.stable('12s', { every = '5s' }, \(holds))))".inTry
        default: return "print(probe.tcp(\(guest), 22))".inTry
        }
    }
}

extension String {
    /// A call whose failure is told and goes no further.
    fileprivate var inTry: String {
        hasPrefix("flow.") || hasPrefix("async.") ? "try(function() return \(self) end)" : "try(function() \(self) end)"
    }
}
