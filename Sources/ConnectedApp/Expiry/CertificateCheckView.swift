package import Foundation

/// The result of a check of how soon certificates expire.
package struct CertificateCheckView: Codable, Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable, CaseIterable, Comparable {
        case ok, warning, critical

        package static func < (left: Outcome, right: Outcome) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package struct Entry: Codable, Sendable, Equatable {
        package let connection: String
        package let outcome: Outcome
        /// Whole days; negative once expired.
        package let daysLeft: Int
        /// Negative once expired.
        package let leftSeconds: Int
        package let notAfter: Date
        let sha256: String
        package let rotation: RotationStateName
        package let isRotationDue: Bool
        let isBlocked: Bool
    }

    /// The worst outcome of all certificates. A failing channel for notices counts as a warning.
    package let outcome: Outcome
    package let warnDays: Int
    package let criticalDays: Int
    /// Sorted by connection.
    package let certificates: [Entry]
    /// Warnings that are not about one certificate.
    package let warnings: [String]
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
