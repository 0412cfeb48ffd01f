package import Foundation

/// A trust policy, as it is shown.
///
/// A JSON document; the property names must not change.
package struct TrustPolicyView: Codable, Sendable, Equatable {
    package let name: String
    package let connection: String
    package let issuer: String
    package let audience: String
    /// `*` stands for any characters.
    package let subject: String
    /// Patterns by the names of further claims.
    package let claims: [String: String]
    package let hasOwnCertificateAuthorities: Bool
    /// How long a handle is valid.
    package let handleSeconds: Int
    /// `null`: all types without secrets.
    @ExplicitNull package var types: [String]?
    /// `null`: all objects that clients may query.
    @ExplicitNull package var objects: [String]?
    /// For each handle; `null`: any number.
    @ExplicitNull package var callsPerHour: Int?
    @ExplicitNull package var callsPerDay: Int?
    /// IP addresses and networks; empty: all.
    package let addresses: [String]
    package let createdAt: Date
    /// `channel:name`.
    package let createdBy: String

    init(_ record: TrustPolicyRecord) {
        name = record.name
        connection = record.connection.description
        issuer = record.issuer
        audience = record.audience
        subject = record.subject
        claims = record.claims
        hasOwnCertificateAuthorities = record.certificateAuthoritiesPEM != nil
        handleSeconds = TokenExchange.handleLifetime
        _types = ExplicitNull(wrappedValue: record.rights.types)
        _objects = ExplicitNull(wrappedValue: record.rights.objects)
        _callsPerHour = ExplicitNull(wrappedValue: record.rights.callsPerHour)
        _callsPerDay = ExplicitNull(wrappedValue: record.rights.callsPerDay)
        addresses = record.rights.addresses
        createdAt = record.createdAt
        createdBy = record.createdBy.description
    }
}
