public import Foundation

/// The result of a check of how soon certificates expire.
public struct CertificateCheckView: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable, CaseIterable, Comparable {
        case ok, warning, critical

        public static func < (left: Outcome, right: Outcome) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    public struct Entry: Codable, Sendable, Equatable {
        public let connection: String
        public let outcome: Outcome
        /// Whole days; negative once expired.
        public let daysLeft: Int
        /// Negative once expired.
        public let leftSeconds: Int
        public let notAfter: Date
        public let sha256: String
        public let rotation: RotationStateName
        public let isRotationDue: Bool
        public let isBlocked: Bool
    }

    /// The worst outcome of all certificates. A failing channel for notices counts as a warning.
    public let outcome: Outcome
    public let warnDays: Int
    public let criticalDays: Int
    /// Sorted by connection.
    public let certificates: [Entry]
    /// Warnings that are not about one certificate.
    public let warnings: [String]
}

extension CertificateCheckView.Entry {
    init(_ found: Found, _ thresholds: ExpiryThresholds, now: Date) throws {
        let certificate = try found.credential.value.certificate()
        let left = certificate.notAfter.timeIntervalSince(now)
        connection = found.connection.value.alias.description
        daysLeft = certificate.daysLeft(at: now)
        leftSeconds = Int(bounding: left.rounded(.down))
        outcome =
            switch left {
            case ...0: .critical
            case _ where daysLeft < thresholds.critical: .critical
            case _ where daysLeft < thresholds.warn: .warning
            default: .ok
            }
        notAfter = certificate.notAfter
        sha256 = certificate.sha256
        rotation = found.rotationState.name
        let due = RotationPolicy.due(notBefore: certificate.notBefore, notAfter: certificate.notAfter)
        isRotationDue = now >= due && rotation == .steady
        isBlocked = found.app.value.isBlocked
    }
}
