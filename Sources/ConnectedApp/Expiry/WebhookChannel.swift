internal import Crypto
package import Foundation
internal import HTTPTypes

/// Sends notices as HTTP requests, signed according to "Standard Webhooks": HMAC-SHA256 over id, time and body.
///
/// An attempt ends after the receiver's time limit, which is 30 seconds.
package struct WebhookChannel: NoticeChannel {
    package let address: NoticeAddress
    private let receiver: WebhookReceiver
    private let format: WebhookFormat
    private let secret: WebhookSecret?

    /// - Parameter secret: `nil` sends no signature. Use `nil` only with ``WebhookFormat/slack``, because its receivers
    ///   verify none.
    package init(_ receiver: WebhookReceiver, format: WebhookFormat = .json, secret: WebhookSecret?) {
        self.receiver = receiver
        self.format = format
        self.secret = secret
        address = NoticeAddress(.webhook, receiver.host.authority)
    }

    package func send(_ notice: Notice, at now: Date) async throws(NoticeFailure) {
        let answer: WebhookAnswer
        do {
            let body = try body(notice)
            answer = try await receiver.post(body, headers: headers(notice, body, now))
        } catch let error as ConnectedAppError {
            // If there are details, such as which proxy refused, the error's description contains them.
            throw NoticeFailure(error.cause, reply: error.detail == nil ? nil : error.description)
        } catch {
            throw NoticeFailure(.internalError, reply: String(describing: type(of: error)))
        }
        if let failure = answer.failure(of: format) { throw failure }
    }

    private func headers(_ notice: Notice, _ body: [UInt8], _ now: Date) -> HTTPFields {
        var fields: HTTPFields = [.contentType: "application/json"]
        let time = String(Int(bounding: now.timeIntervalSince1970))
        fields[.webhookID] = notice.id
        fields[.webhookTimestamp] = time
        fields[.webhookSignature] = secret?.signature(id: notice.id, time: time, body: body)
        return fields
    }

    /// The body in the form ``WebhookFormat/json``. Receivers read these names, which must not change; see "Notices
    /// before a certificate expires" in the manual.
    private struct Document: Encodable {
        struct Data: Encodable {
            let connections: [String]
            let subject: String
            let text: String
            let certificateSHA256: String?
            let notAfter: Date?
            let days: Int?
        }

        /// The ``NoticeKind``.
        let type: String
        /// When the first attempt began, the same in each attempt. The header has the time of this attempt.
        let timestamp: Date
        let data: Data
    }

    private struct SlackMessage: Encodable {
        let text: String
    }

    private func body(_ notice: Notice) throws -> [UInt8] {
        let content = notice.content
        switch format {
        case .slack:
            return [UInt8](try ViewJSON.encode(SlackMessage(text: content.subject + "\n" + content.text)))
        case .json:
            let document = Document(
                type: content.kind.rawValue, timestamp: notice.createdAt,
                data: .init(
                    connections: content.connections, subject: content.subject, text: content.text,
                    certificateSHA256: content.certificateSHA256, notAfter: content.notAfter, days: content.lead?.days))
            return [UInt8](try ViewJSON.encode(document))
        }
    }
}

/// The secret shared with a webhook's receiver. It has no description, so that it is not printed by accident.
package struct WebhookSecret: Sendable {
    private let key: SymmetricKey
    private static let prefix = "whsec_"

    /// - Parameters:
    ///   - line: `whsec_` and base64, or any other text, which is used as it is. At least 24 bytes, after decoding.
    ///   - source: The name of the setting, for errors.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the base64 is invalid or the secret too short.
    package init(line: [UInt8], source: String) throws(ConnectedAppError) {
        let text = String(decoding: line, as: UTF8.self)
        var bytes = line
        if text.hasPrefix(Self.prefix) {
            guard let decoded = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))) else {
                throw ConnectedAppError(
                    .configurationMalformed, subject: source, detail: "The text after whsec_ is not base64.")
            }
            bytes = [UInt8](decoded)
        }
        guard bytes.count >= 24 else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail: "The webhook's secret is shorter than 24 bytes; create one with "
                    + #"`printf 'whsec_%s\n' "$(openssl rand -base64 32)"`."#)
        }
        key = SymmetricKey(data: bytes)
    }

    /// Returns the signature for the header: `v1,` and base64.
    ///
    /// - Parameter time: Seconds since 1970, as in the header `webhook-timestamp`.
    func signature(id: String, time: String, body: [UInt8]) -> String {
        let signed = Array("\(id).\(time).".utf8) + body
        return "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
    }
}

extension HTTPField.Name {
    // Valid field names according to RFC 9110 §5.1.
    fileprivate static let webhookID = Self("webhook-id")!
    fileprivate static let webhookTimestamp = Self("webhook-timestamp")!
    fileprivate static let webhookSignature = Self("webhook-signature")!
}
