import Rehearsal
import VirtualMachines

extension Assumption {
    /// What is taken for granted, in a line.
    var words: String {
        switch self {
        case .probes(let host, let succeed, let count):
            "probes of \(host) \(succeed ? "succeed" : "fail")" + (count == 1 ? "" : ", \(count) times")
        case .answer(let question, let isGiven): "\(isGiven ? "approved" : "rejected"): \(question)"
        case .freeLock(let name): "nobody else has the lock '\(name)'"
        case .arrival(let guest, let status, let end):
            "\(guest), which is \(status.rawValue) now, will be \(end.rawValue)"
        case .standing(let guest, let status):
            "\(guest), of which the NAS doesn't tell how it stands, is \(status.rawValue)"
        case .sharedRoom: "the hosts have room, as one: the NAS doesn't tell which guest is on which"
        }
    }

    /// The same for programs, with the words.
    var json: JSONValue {
        var members: JSONObject
        switch self {
        case .probes(let host, let succeed, let count):
            members = [
                "kind": "probes", "host": .string(host), "succeed": .bool(succeed), "count": .integer(Int64(count)),
            ]
        case .answer(let question, let isGiven):
            members = ["kind": "approval", "question": .string(question), "approved": .bool(isGiven)]
        case .freeLock(let name): members = ["kind": "lock", "name": .string(name)]
        case .arrival(let guest, let status, let end):
            members = [
                "kind": "arrival", "guest": .string(guest), "from": .string(status.rawValue),
                "to": .string(end.rawValue),
            ]
        case .standing(let guest, let status):
            members = ["kind": "status", "guest": .string(guest), "status": .string(status.rawValue)]
        case .sharedRoom: members = ["kind": "shared_room"]
        }
        members["text"] = .string(words)
        return .object(members)
    }
}
