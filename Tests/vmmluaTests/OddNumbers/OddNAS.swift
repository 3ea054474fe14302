import Synchronization

/// A NAS whose every number is odd; guests do as they are told at once.
final class OddNAS: Sendable {
    private struct State {
        var numbers: OddNumbers
        var areUp = true
    }

    private static let auth = #""SYNO.API.Auth": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 7}"#
    private static let guestCount = 4

    private let state: Mutex<State>
    private let apis: [String]
    private let isPublic: Bool

    init(seed: Int) {
        var numbers = OddNumbers(seed: seed)
        isPublic = numbers.below(3) > 0
        let names = ["Guest", "Guest.Action", "Task.Info", "Host", "Network", "Storage", "Guest.Image"]
        apis =
            isPublic
            ? names.map { "SYNO.Virtualization.API.\($0)" } : ["SYNO.Virtualization.Guest", "SYNO.Virtualization.Task"]
        state = Mutex(State(numbers: numbers))
    }

    var server: RawServer {
        RawServer { [self] method in state.withLock { answer(method.lowercased(), &$0) } }
    }

    private func answer(_ method: String, _ state: inout State) -> String {
        switch method {
        case "query":
            let entries = apis.map { #""\#($0)": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 1}"# }
            return success("{\(([Self.auth] + entries).joined(separator: ", "))}")
        case "login": return success(#"{"sid": "sid-1", "synotoken": "token-1"}"#)
        case "logout", "set", "clear", "delete": return #"{"success": true}"#
        case "poweron", "poweroff", "shutdown":
            state.areUp = method == "poweron"
            return success(#"{"task_id": "task_1"}"#)
        case "list": return success(lists(&state))
        default: return success(one(&state))
        }
    }

    private func success(_ data: String) -> String { #"{"success": true, "data": \#(data)}"# }

    /// Of everything, as the method alone tells of what a list is asked for.
    private func lists(_ state: inout State) -> String {
        let guests = (1...Self.guestCount).map { "{\(guest($0, &state))}" }
        let hosts = (1...2)
            .map { host in
                let totals = ["free_cpu_core", "total_cpu_core", "free_ram_size", "total_ram_size"]
                    .map { #""\#($0)": \#(state.numbers.json())"# }
                let names = #""host_id": "h\#(host)", "host_name": "host-\#(host)", "status": "running""#
                return "{\(names), \(totals.joined(separator: ", "))}"
            }
        let storage = """
            {"storage_id": "s1", "storage_name": "volume 1", "host_name": "host-1", "status": "online", \
            "size": \(state.numbers.json()), "used": \(state.numbers.json())}
            """
        let total = state.numbers.below(8) > 0 ? String(Self.guestCount) : state.numbers.json()
        return """
            {"guests": [\(guests.joined(separator: ", "))], "total": \(total), "hosts": [\(hosts.joined(separator: ", "))],
             "storages": [\(storage)], "networks": [], "images": [], "tasks": ["task_1"]}
            """
    }

    /// A guest and a task in one.
    private func one(_ state: inout State) -> String {
        let isDone = state.numbers.below(4) > 0
        let task = """
            "progress": \(state.numbers.json()), "finish": \(isDone), "task_id": "task_1", "operation": "Shutdown",
             "task_info": {"progress": \(state.numbers.json()), "status": "\(isDone ? "completed" : "running")"}
            """
        return "{\(guest(1, &state)), \(task)}"
    }

    private func guest(_ number: Int, _ state: inout State) -> String {
        let names = #""guest_id": "g\#(number)", "guest_name": "web-\#(number)", "name": "web-\#(number)""#
        let status = state.areUp ? "running" : isPublic ? "shutdown" : "stopped"
        // Whole more often than not, so that most answers get past what reads them.
        let numbers = ["vcpu_num", "vram_size", "storage_size", "autorun"]
            .map { field in
                let isWhole = state.numbers.below(8) > 0
                return #""\#(field)": \#(isWhole ? state.numbers.integer() : state.numbers.json())"#
            }
        return #"\#(names), "status": "\#(status)", "storage_id": "s1", \#(numbers.joined(separator: ", "))"#
    }
}
