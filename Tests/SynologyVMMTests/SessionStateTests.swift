import Testing
import VirtualMachines

@testable import SynologyVMM

@Suite struct SessionStateTests {
    private var state = SessionState()
    private let session = Self.session("a")

    private static func session(_ sid: String) -> Session {
        Session(
            catalog: APICatalog(entries: [:]),
            dialect: .documented,
            credentials: Credentials(sid: Secret(sid), synoToken: nil)
        )
    }

    private mutating func entry() -> String {
        switch state.enter() {
        case .logIn: "log in"
        case .wait: "wait"
        case .use(let session): "use \(session.credentials?.sid.revealed ?? "")"
        case .fail(let error): error.code.rawValue
        }
    }

    @Test("the first caller logs in, the others wait and then use its session")
    mutating func login() {
        #expect(entry() == "log in")
        #expect(entry() == "wait")
        state.loginEnded(.success(session))
        #expect(entry() == "use a")
    }

    @Test("a refusal is final, and another failure isn't")
    mutating func failures() {
        _ = entry()
        state.loginEnded(.failure(VMMError(.unreachable, "gone")))
        #expect(entry() == "log in")
        state.loginEnded(.failure(VMMError(.loginRefused, "no")))
        #expect(entry() == "login_refused")
        #expect(entry() == "login_refused")
    }

    @Test("only the session at hand expires, so that many who lost it log in once")
    mutating func expiry() {
        _ = entry()
        state.loginEnded(.success(session))
        state.expired(session)
        #expect(entry() == "log in")
        state.loginEnded(.success(Self.session("b")))
        state.expired(session)
        #expect(entry() == "use b")
    }

    @Test(
        "a refusal of what had worked in the session may be its end, once, and of what hadn't isn't"
    )
    mutating func lostRights() {
        _ = entry()
        state.loginEnded(.success(session))
        #expect(!state.mayHaveEnded(session, refusing: "Set"))
        state.worked("Set", in: session)
        #expect(state.mayHaveEnded(session, refusing: "Set"))
        #expect(!state.mayHaveEnded(session, refusing: "Delete"))
        state.expired(session)
        #expect(state.mayHaveEnded(session, refusing: "Delete"))
        _ = entry()
        let renewed = Self.session("b")
        state.loginEnded(.success(renewed))
        #expect(!state.mayHaveEnded(renewed, refusing: "Set"))
        state.worked("Set", in: session)
        #expect(!state.mayHaveEnded(renewed, refusing: "Set"))
    }

    @Test("nothing begins after the end, and a login that comes too late doesn't reopen it")
    mutating func close() {
        _ = entry()
        #expect(state.close() == nil)
        state.loginEnded(.success(session))
        #expect(entry() == "cancelled")

        var open = SessionState()
        _ = open.enter()
        open.loginEnded(.success(session))
        #expect(open.close() == session)
        #expect(open.close() == nil)
    }
}
