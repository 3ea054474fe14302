import VirtualMachines

/// The APIs that the simulator serves, in the documented dialect.
enum WebAPI: String, CaseIterable, Sendable {
    case info = "SYNO.API.Info"
    case auth = "SYNO.API.Auth"
    case guest = "SYNO.Virtualization.Guest"
    case task = "SYNO.Virtualization.Task"

    var versions: ClosedRange<Int> { self == .auth ? 1...7 : 1...1 }

    /// The method of that name, in the dialect's own case.
    func method(named name: String) -> WebAPIMethod? {
        switch (self, name) {
        case (.info, "query"): .queryAPIs
        case (.auth, "login"): .login
        case (.auth, "logout"): .logout
        case (.guest, "List"): .listGuests
        case (.guest, "Get"): .getGuest
        case (.guest, "PowerOn"): .power(.powerOn)
        case (.guest, "PowerOff"): .power(.powerOff)
        case (.guest, "Shutdown"): .power(.shutdown)
        case (.guest, "Delete"): .deleteGuest
        case (.guest, "Set"): .setGuest
        case (.task, "List"): .listTasks
        case (.task, "Get"): .getTask
        case (.task, "Clear"): .clearTask
        default: nil
        }
    }

    /// What `SYNO.API.Info` says of it.
    var summary: JSONValue {
        var summary: JSONObject = [
            "path": "entry.cgi",
            "minVersion": .integer(Int64(versions.lowerBound)),
            "maxVersion": .integer(Int64(versions.upperBound)),
        ]
        if self == .guest || self == .task { summary["requestFormat"] = "JSON" }
        return .object(summary)
    }
}

/// What a call asks for.
enum WebAPIMethod: Sendable, Equatable {
    case queryAPIs
    case login
    case logout
    case listGuests
    case getGuest
    case power(PowerAction)
    case deleteGuest
    case setGuest
    case listTasks
    case getTask
    case clearTask

    /// What it takes to be let in.
    var admission: Admission {
        switch self {
        case .queryAPIs, .login, .logout: .anyone
        case .listGuests, .getGuest, .listTasks, .getTask: .session
        case .power, .deleteGuest, .setGuest, .clearTask: .sessionAndToken
        }
    }

    enum Admission: Sendable {
        case anyone
        case session
        /// A session that was given a SynoToken must show it with every write.
        case sessionAndToken
    }
}
