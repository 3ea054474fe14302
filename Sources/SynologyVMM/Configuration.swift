import VirtualMachines

extension SynologyClient {
    /// Which NAS, as whom, and within what bounds.
    public struct Configuration: Sendable {
        /// Where the NAS is.
        public var address: NASAddress
        /// Who logs in; on the NAS itself, in whose name the calls are made.
        public var account: String
        /// With which password.
        public var password: Secret
        /// How to answer an account that asks for a second factor; nil for not at all.
        public var secondFactor: SecondFactor?
        /// Whose certificate is believed to be the NAS's, where the address is an https one.
        public var trust = CertificateTrust.system
        /// How many connections there may be at once; further requests wait for their turn.
        public var connectionLimit = 4
        /// The dialect to speak; nil for what the NAS is best spoken to in.
        public var dialect: DialectName?
        /// The command by which a NAS is spoken to on itself.
        public var localCommand = "/usr/syno/bin/synowebapi"
        /// When reads are tried again.
        public var retry = RetryPolicy()
        /// The time in which pauses are made.
        public var clock: any RunClock = SystemClock()
        /// Receives a line for each guest that the NAS describes in a way that can't be read, once each: the guest is listed
        /// with what can be read, or left out if that isn't even its id.
        ///
        /// Called by whichever task reads; it must not block for long.
        public var notice: @Sendable (String) -> Void = { _ in }
        /// How many guests one request for the list asks for: a list is one request more for each so many.
        ///
        /// A NAS may answer fewer. At least 2 are asked for, as pages overlap by a guest.
        public var pageSize = 1_000
        /// How long a connection may take to come about.
        public var connectTimeout: Duration = .seconds(10)
        /// How long an answer may take, from the request to its last byte.
        public var requestTimeout: Duration = .seconds(30)
        /// How long the logout may take, as it is what a person waits for at the end.
        public var logoutTimeout: Duration = .seconds(5)
        /// How many bytes an answer may have.
        public var maximumAnswerSize = 64 << 20

        /// Names the NAS and the login; the bounds keep their defaults.
        ///
        /// Throws `badArgument` for a malformed URL.
        public init(url: String, account: String, password: Secret) throws(VMMError) {
            self.address = try NASAddress(url)
            self.account = account
            self.password = password
        }
    }
}
