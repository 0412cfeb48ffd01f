package import Foundation

/// The result of a check of how soon certificates expire, for people and JSON.
///
/// The names of properties and cases are JSON names (`CertificateCheck` in `openapi.yaml`) and must not change.
package struct CertificateCheckView: Codable, Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable, CaseIterable, Comparable {
        // The order of the cases is the order of severity.
        case ok, warning, critical

        /// Whether the left outcome is less severe.
        package static func < (left: Outcome, right: Outcome) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// The certificate in force of one connection.
    package struct Entry: Codable, Sendable, Equatable {
        package let connection: String
        package let outcome: Outcome
        /// Whole days until the certificate expires, rounded down; negative once it has expired.
        package let daysLeft: Int
        /// Seconds until the certificate expires; negative once it has expired.
        package let leftSeconds: Int
        package let notAfter: Date
        /// Lower-case hex.
        let sha256: String
        package let rotation: RotationStateName
        /// Whether a rotation is due and none is under way.
        package let isRotationDue: Bool
        let isBlocked: Bool
    }

    /// The worst outcome of all certificates. A failing notice channel counts as a warning.
    package let outcome: Outcome
    /// The thresholds of the check; see ``ExpiryThresholds``.
    package let warnDays: Int
    package let criticalDays: Int
    /// Sorted by connection.
    package let certificates: [Entry]
    /// One sentence for each failing notice channel.
    package let warnings: [String]
}

extension CertificateCheckView.Entry {
    /// - Throws: ``ConnectedAppError`` if the stored certificate cannot be read.
    init(_ found: FoundConnection, _ thresholds: ExpiryThresholds, now: Date) throws {
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
