import VirtualMachines

/// What the numbers of a refusal mean; from 400 on that depends on the API.
struct ErrorTable: Sendable {
    /// One number's meaning.
    struct Entry: Sendable {
        var code: VMMError.Code
        var what: String
        var hint: String?

        init(_ code: VMMError.Code, _ what: String, hint: String? = nil) {
            self.code = code
            self.what = what
            self.hint = hint
        }
    }

    private let entries: [Int: Entry]

    private init(_ entries: [Int: Entry]) {
        self.entries = entries
    }

    /// Looks the number up in the table of its API, then in the one that all share.
    static func entry(api: String, code: Int) -> Entry {
        let own: ErrorTable? =
            switch api {
            case Login.api: .login
            case DocumentedDialect.guestAPI: .documentedGuest
            case DocumentedDialect.taskAPI: .documentedTask
            case InternalDialect.actionAPI: .internalAction
            default: api.hasPrefix("SYNO.Virtualization.API.") ? .public : nil
            }
        if let entry = own?.entries[code] ?? common.entries[code] { return entry }
        if api == Login.api, (400..<500).contains(code) {
            return Entry(.loginRefused, "the login is refused", hint: "sign in to DSM's web page to see why")
        }
        return Entry(.badAnswer, "the NAS reports an error that is not known", hint: "see the NAS's Log Center")
    }

    // MARK: Tables

    static let missingGuest = Entry(.notFound, "there is no such guest", hint: "list the guests")

    /// What the public dialect's numbers for a host without room mean.
    static let shortages = `public`.entries.filter { [902, 903].contains($0.key) }

    private static let common = ErrorTable([
        100: Entry(.badAnswer, "the NAS reports an unknown error", hint: "see the NAS's Log Center"),
        101: Entry(.badAnswer, "the NAS misses the API, the method or the version in the request"),
        102: Entry(.unsupported, "the NAS has no such API", hint: "install or start Virtual Machine Manager on it"),
        103: Entry(.unsupported, "the API has no such method", hint: "check the version of Virtual Machine Manager"),
        104: Entry(.unsupported, "the API has no such version", hint: "check the version of Virtual Machine Manager"),
        105: Entry(.accessDenied, "the account may not do this", hint: "use an account of the administrators group"),
        106: Entry(.accessDenied, "the session timed out again right after a login", hint: "try again later"),
        107: Entry(
            .accessDenied,
            "another login ended the session",
            hint: "give this program an account of its own, which nothing else logs in with"
        ),
        114: Entry(.badArgument, "a parameter is missing"),
        116: Entry(.unsupported, "a demonstration site refuses changes"),
        117: Entry(.busy, "the NAS could not do this now", hint: "try again later"),
        118: Entry(.busy, "the NAS is busy", hint: "try again later"),
        119: Entry(
            .accessDenied,
            "the NAS does not know the session even right after a login",
            hint: "try again later"
        ),
        120: Entry(.badArgument, "a parameter has a bad value"),
        150: Entry(
            .accessDenied,
            "the request came from another address than the login",
            hint: "avoid changing networks or proxies in between"
        ),
        160: Entry(
            .accessDenied,
            "the account may not use the application",
            hint: "allow it in Control Panel > Application Privileges"
        ),
    ])

    private static let login = ErrorTable([
        400: Entry(
            .loginRefused,
            "the account or the password is wrong",
            hint: "check both; it is not tried again, as DSM blocks an address after a few failed logins"
        ),
        401: Entry(.loginRefused, "the account is disabled", hint: "enable it in Control Panel > User & Group"),
        402: Entry(
            .loginRefused,
            "the account may not sign in",
            hint: "allow it to use DSM in Control Panel > Application Privileges"
        ),
        403: Entry(
            .loginRefused,
            "the account asks for a second factor",
            hint: "run it once on a terminal, set VMMLUA_OTP to a fresh code, or use an account without it"
        ),
        404: Entry(.loginRefused, "the code of the second factor is wrong", hint: "use a fresh code"),
        406: Entry(
            .loginRefused,
            "the NAS requires two-factor sign-in of this account",
            hint: "exempt it in Control Panel > Security > Account"
        ),
        407: Entry(
            .loginRefused,
            "the NAS has blocked this address after failed logins",
            hint: "take it off the block list in Control Panel > Security > Protection"
        ),
        408: Entry(.loginRefused, "the password has expired", hint: "have an administrator set a new one"),
        409: Entry(.loginRefused, "the password has expired", hint: "sign in to DSM's web page and change it"),
        410: Entry(.loginRefused, "the password must be changed", hint: "sign in to DSM's web page and change it"),
        411: Entry(.loginRefused, "the account is locked", hint: "wait, or have an administrator unlock it"),
    ])

    /// 401 is "unknown error" in the document; that it is the answer to a wrong state is inferred.
    private static let documented: [Int: Entry] = [
        400: Entry(.badArgument, "a value is not accepted"),
        401: Entry(.wrongState, "its state does not allow this", hint: "read its status first"),
        402: Entry(
            .unsupported,
            "Virtual Machine Manager is not enabled",
            hint: "start it in the NAS's Package Center"
        ),
        403: Entry(.accessDenied, "the account may not do this", hint: "use an account of the administrators group"),
        405: Entry(
            .insufficientResources,
            "the host has not enough CPU or memory",
            hint: "stop other guests or ask for less"
        ),
    ]

    private static let documentedGuest = ErrorTable(
        documented.merging([404: missingGuest]) { $1 }
    )

    private static let documentedTask = ErrorTable(
        documented.merging([404: Entry(.notFound, "there is no such task", hint: "a NAS forgets tasks")]) { $1 }
    )

    private static let `public` = ErrorTable([
        401: Entry(.badArgument, "a parameter is not accepted"),
        402: Entry(.wrongState, "the operation failed", hint: "read the guest's status first"),
        403: Entry(.nameConflict, "the name is taken", hint: "choose another name"),
        404: Entry(.insufficientResources, "the NAS can have no more iSCSI LUNs", hint: "remove some first"),
        500: Entry(.busy, "the cluster is frozen", hint: "wait until its hosts are back"),
        501: Entry(.unsupported, "the cluster is in a mode that does not go with this"),
        600: Entry(.busy, "the cluster is not ready", hint: "try again later"),
        601: Entry(.wrongState, "the host is offline", hint: "see the cluster in Virtual Machine Manager"),
        700: Entry(.wrongState, "the storage is not usable", hint: "see the storage in Virtual Machine Manager"),
        900: Entry(.wrongState, "the host can't be set"),
        901: Entry(.insufficientResources, "no host can take the guest", hint: "stop other guests"),
        902: Entry(
            .insufficientResources,
            "the host has not enough CPU threads",
            hint: "stop other guests or ask for less"
        ),
        903: Entry(.insufficientResources, "the host has not enough memory", hint: "stop other guests or ask for less"),
        904: Entry(.wrongState, "the guest runs already"),
        905: Entry(.nameConflict, "another guest has the same network address", hint: "change one of the two"),
        906: Entry(.notFound, "there is no such image", hint: "list the images"),
        907: Entry(.wrongState, "the guest is stopped already"),
        908: Entry(.insufficientResources, "the host has no CPU left to reserve", hint: "lower a guest's reservation"),
        909: Entry(.wrongState, "the host lacks the guest's network", hint: "add the network to the host"),
        910: Entry(.wrongState, "a guest with other than VirtIO disks can't start on another host"),
        911: Entry(.wrongState, "a UEFI guest can't start on another host"),
        1000: Entry(.notFound, "there is no such task", hint: "a NAS forgets tasks: read the guest"),
        1001: Entry(.unsupported, "this needs a licence of VMM Pro"),
        1400: Entry(.taskFailed, "the image was made in part", hint: "see it in Virtual Machine Manager"),
        1600: Entry(.insufficientResources, "the guest was changed, but its high availability can't be reserved"),
    ])

    /// Numbers that collide with the public dialect's.
    private static let internalAction = ErrorTable([
        402: Entry(.wrongState, "the operation failed", hint: "read the guest's status first"),
        903: Entry(.wrongState, "the guest is not running"),
        904: Entry(.wrongState, "the guest is not running"),
        905: Entry(.wrongState, "the guest is not running"),
        939: Entry(.wrongState, "the guest runs already"),
    ])
}
