/// Something that the org has, or may have, and that a pull leaves out.
public struct LeftOut: Hashable, Sendable {
    /// The reason. The texts are the org's, unchanged.
    public enum Reason: Hashable, Sendable {
        /// The org refused to list the type because it is unknown, or not available in this org or API version.
        case typeNotAvailable(message: String)
        /// The org could not list the type, or the contents of this folder.
        case notListed(message: String, folder: String?)
        /// The name has characters that a manifest cannot contain.
        case nameUnusable
        /// The retrieve succeeded without the component. `nil`: the org did not say why.
        case notDelivered(message: String?)
        /// The user lacks the permission to read the component.
        case accessMissing(message: String)
        /// Each retrieve that names the component fails.
        case retrieveFailed(code: String, message: String)
        /// The component alone exceeds a limit of the org.
        case tooLarge(message: String)
        /// No file system can store the name of one of its files.
        case pathTooLong
        /// An earlier pull could not retrieve it, as this row of its record says, and it was not tried again.
        case remembered(PullSummary.LeftOutRow)
    }

    /// The number that an org gives to one cause of failures: that in brackets in `… ErrorId … 182602367-44274 (571045392)`
    /// (RoseSilverSoftware/IlluminatedCloud#1741). `nil` if there is none.
    package var fingerprint: String? {
        guard case .retrieveFailed(_, let message) = reason, message.contains("ErrorId"),
            let open = message.lastIndex(of: "("), let close = message[open...].firstIndex(of: ")")
        else { return nil }
        let number = message[message.index(after: open)..<close]
        return Int(number).map { _ in String(number) }
    }

    /// The component as what an archive lacks; `nil` if it has no name.
    public var undelivered: PackageManifest.Undelivered? { fullName.map { .member($0, type: type) } }

    public let type: String
    /// `nil` for all components of the type (or of the folder) that were not listed.
    public let fullName: String?
    public let reason: Reason

    package init(_ component: ListedComponent, _ reason: Reason) {
        self.init(component.type, component.fullName, reason)
    }

    package init(_ type: String, _ fullName: String?, _ reason: Reason) {
        self.type = type
        self.fullName = fullName
        self.reason = reason
    }
}

extension LeftOut: Comparable {
    /// Sorted by type and name; a whole type comes first.
    public static func < (left: LeftOut, right: LeftOut) -> Bool {
        if left.type != right.type { return precedesByBytes(left.type, right.type) }
        return precedesByBytes(left.fullName ?? "", right.fullName ?? "")
    }
}
