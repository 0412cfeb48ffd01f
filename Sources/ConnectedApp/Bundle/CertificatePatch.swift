internal import Foundation
internal import MetadataAPI

/// Replaces the certificate in a file that an admin retrieved. The only other change is that a Connected App's Consumer
/// Key is removed.
///
/// Deploying a file resets what it omits. So the file is patched as text, and the result is compared with the original.
enum CertificatePatch {
    /// Returns the file's text with the given certificate, and for a Connected App without its Consumer Key.
    ///
    /// - Parameter encoding: For an External Client App; a Connected App's file always gets PEM text.
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed` if the file cannot be patched safely.
    static func text(
        of file: AppFolder.File, with certificate: AppCertificate, encoding: CertificateEncoding
    ) throws(ConnectedAppError) -> String {
        let isConnectedApp = file.element.name == "ConnectedApp"
        guard var text = String(validating: file.bytes, as: UTF8.self) else {
            throw unsafe(file, "It is not UTF-8.")
        }
        guard !text.contains("<!--"), !text.contains("<![CDATA[") else {
            throw unsafe(file, "It has comments or CDATA sections, which an org never writes.")
        }
        let written = isConnectedApp ? certificate.pem : encoding.text(of: certificate)
        if let range = try single("certificate", in: text, file) {
            text.replaceSubrange(range, with: written)
        } else {
            try insert(written, into: &text, isConnectedApp: isConnectedApp, file)
        }
        // The org rejects a deployment of an existing Connected App that contains its Consumer Key ("You cannot provide
        // a Consumer Key").
        if isConnectedApp { try remove("consumerKey", from: &text, file) }
        try check(text, file, isConnectedApp: isConnectedApp, written)
        return text
    }

    private static func unsafe(_ file: AppFolder.File, _ reason: String) -> ConnectedAppError {
        ConnectedAppError(
            .inputMalformed, subject: file.path, detail: "The file cannot be patched safely. \(reason)",
            remedy: "Retrieve the app again and pass the files unedited. If it has no callback URL, set one in Setup "
                + "first.")
    }

    /// The range of the text between the tags of an element.
    ///
    /// - Returns: `nil` if the element is missing.
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed` if there are several.
    private static func single(
        _ name: String, in text: String, _ file: AppFolder.File
    ) throws(ConnectedAppError) -> Range<String.Index>? {
        guard let open = text.range(of: "<\(name)>") else { return nil }
        guard let close = text.range(of: "</\(name)>", range: open.upperBound..<text.endIndex),
            text.range(of: "<\(name)>", range: close.upperBound..<text.endIndex) == nil
        else { throw unsafe(file, "It has more than one \(name).") }
        return open.upperBound..<close.lowerBound
    }

    /// Inserts the certificate into a file that has none.
    private static func insert(
        _ written: String, into text: inout String, isConnectedApp: Bool, _ file: AppFolder.File
    ) throws(ConnectedAppError) {
        // Elements are in alphabetical order: the certificate follows the callback URL.
        guard let range = text.range(of: "</callbackUrl>") else {
            throw unsafe(file, "It has neither a certificate nor a callback URL.")
        }
        let indentation = isConnectedApp ? "        " : "    "
        text.insert(contentsOf: "\n\(indentation)<certificate>\(written)</certificate>", at: range.upperBound)
    }

    /// Removes an element with its line, if the file has it.
    private static func remove(
        _ name: String, from text: inout String, _ file: AppFolder.File
    ) throws(ConnectedAppError) {
        guard let inner = try single(name, in: text, file),
            let open = text.range(of: "<\(name)>", options: .backwards, range: text.startIndex..<inner.lowerBound),
            let close = text.range(of: "</\(name)>", range: inner.upperBound..<text.endIndex)
        else { return }
        var start = open.lowerBound
        while start > text.startIndex, [" ", "\t"].contains(text[text.index(before: start)]) {
            start = text.index(before: start)
        }
        var end = close.upperBound
        if end < text.endIndex, text[end].isNewline { end = text.index(after: end) }
        text.removeSubrange(start..<end)
    }

    /// Checks that the result parses, contains the certificate, and otherwise equals the retrieved file.
    private static func check(
        _ text: String, _ file: AppFolder.File, isConnectedApp: Bool, _ written: String
    ) throws(ConnectedAppError) {
        let changed = isConnectedApp ? ["certificate", "consumerKey"] : ["certificate"]
        guard let patched = try? MetadataElement(document: Array(text.utf8)),
            patched.without(changed) == file.element.without(changed),
            (isConnectedApp ? patched["oauthConfig"] : patched)?.value("certificate")?.trimmingWhiteSpace
                == written.trimmingWhiteSpace
        else {
            throw unsafe(
                file,
                "The patched file could not be verified: it must differ from the original only in the "
                    + (isConnectedApp ? "certificate and the Consumer Key." : "certificate."))
        }
    }
}

extension MetadataElement {
    /// The element without all descendants of these names. Text beside child elements, which is only indentation, is
    /// removed.
    fileprivate func without(_ names: [String]) -> MetadataElement {
        var element = self
        element.children = children.filter { !names.contains($0.name) }.map { $0.without(names) }
        if !element.children.isEmpty || !children.isEmpty { element.text = "" }
        return element
    }
}
