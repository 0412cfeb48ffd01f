/// What a pull listed, delivered and left out. Stored in `aprity-pull.json`; the property names are JSON names and must not
/// change.
public struct PullSummary: Codable, Equatable, Sendable {
    /// Something that the pull left out.
    public struct LeftOutRow: Codable, Hashable, Sendable {
        public let type: String
        /// `null` for all components of the type that could not be listed.
        public let fullName: String?
        /// Why, as a code.
        public let code: String
        /// Why, as a sentence, with the org's words.
        public let because: String
        /// The number that an org gives to one cause of failures, if it gave one. It is in the brackets after an ErrorId.
        public let fingerprint: String?
        /// When it was retrieved last in vain, in RFC 3339; `nil` if it is tried in every pull.
        public let triedAt: String?

        public init(
            type: String, fullName: String?, code: String, because: String, fingerprint: String? = nil,
            triedAt: String? = nil
        ) {
            self.type = type
            self.fullName = fullName
            self.code = code
            self.because = because
            self.fingerprint = fingerprint
            self.triedAt = triedAt
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(type, forKey: .type)
            try container.encode(fullName, forKey: .fullName)
            try container.encode(code, forKey: .code)
            try container.encode(because, forKey: .because)
            try container.encodeIfPresent(fingerprint, forKey: .fingerprint)
            try container.encodeIfPresent(triedAt, forKey: .triedAt)
        }

        /// What is left out and why, without the words. Two pulls that leave the same out have equal keys.
        public var key: Key { Key(type: type, fullName: fullName, code: code) }
    }

    /// A component that differs from the former pull in the folder.
    public struct ChangeRow: Codable, Equatable, Sendable {
        public let type: String
        public let fullName: String
        /// When it was changed last, as the org sent it; `null` if the org does not say.
        public let lastModifiedDate: String?
        /// Who changed it last, by name; `null` if the org does not say.
        public let lastModifiedBy: String?

        public init(type: String, fullName: String, lastModifiedDate: String?, lastModifiedBy: String?) {
            self.type = type
            self.fullName = fullName
            self.lastModifiedDate = lastModifiedDate
            self.lastModifiedBy = lastModifiedBy
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(type, forKey: .type)
            try container.encode(fullName, forKey: .fullName)
            try container.encode(lastModifiedDate, forKey: .lastModifiedDate)
            try container.encode(lastModifiedBy, forKey: .lastModifiedBy)
        }
    }

    public struct Key: Hashable, Sendable {
        let type: String
        let fullName: String?
        let code: String
    }

    /// The connection's name; `null` without a store.
    public let connection: String?
    public let apiVersion: String
    /// The start of the pull, in RFC 3339.
    public let startedAt: String
    /// The number of components that the org listed, or that the package names without wildcards.
    public let listed: Int
    /// The number of these that were delivered: all but those of ``leftOut`` with a name.
    public let delivered: Int
    /// Sorted by type and name.
    public let leftOut: [LeftOutRow]
    /// The start of the former pull that ``added``, ``changed`` and ``removed`` are compared with; `nil` if there is none.
    public let since: String?
    /// What the org did not list before, sorted by type and name.
    public let added: [ChangeRow]
    /// What has another date or id, or other files.
    public let changed: [ChangeRow]
    /// What the org does not list any more.
    public let removed: [ChangeRow]
    /// The number of retrieves, including those that failed.
    public let retrieves: Int
    /// The number of calls to the org's API, including repeated ones; without sign-ins, and requests for the API version.
    public let apiCalls: Int

    public init(
        connection: String?, apiVersion: String, startedAt: String, listed: Int, delivered: Int, leftOut: [LeftOutRow],
        since: String?, added: [ChangeRow], changed: [ChangeRow], removed: [ChangeRow], retrieves: Int, apiCalls: Int
    ) {
        self.connection = connection
        self.apiVersion = apiVersion
        self.startedAt = startedAt
        self.listed = listed
        self.delivered = delivered
        self.leftOut = leftOut
        self.since = since
        self.added = added
        self.changed = changed
        self.removed = removed
        self.retrieves = retrieves
        self.apiCalls = apiCalls
    }
}
