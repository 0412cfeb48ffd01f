import Foundation

@testable import OrgSimulator

/// What libFuzzer calls with each input. `APRITY_FUZZ` names the reader: `archive`, `assertion`, `form` or `seed`.
///
/// - Returns: 0, as libFuzzer wants it; a reader that traps ends the process, which is what is looked for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    switch reader {
    case .archive: _ = try? ZIPReader.entries(of: input)
    case .assertion: readAssertion(input)
    case .form: readForm(input)
    case .seed: readSeed(input)
    }
    return 0
}

private enum Reader: String {
    case archive, assertion, form, seed
}

private let reader: Reader = {
    guard let name = ProcessInfo.processInfo.environment["APRITY_FUZZ"], let reader = Reader(rawValue: name) else {
        preconditionFailure("APRITY_FUZZ is none of: archive, assertion, form, seed")
    }
    return reader
}()

/// Once as the whole compact text, once as the claims of a text that is otherwise in order.
private func readAssertion(_ input: [UInt8]) {
    _ = Assertion(compact: String(decoding: input, as: UTF8.self))
    let header = Data(#"{"alg":"RS256"}"#.utf8).base64URL
    let assertion = Assertion(compact: "\(header).\(Data(input).base64URL).AAAA")
    if let assertion, case .number(let seconds) = assertion.expiry { precondition(!seconds.isNaN) }
}

private func readForm(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    let fields = FormFields(text, text)
    _ = fields["grant_type"].map(\.count)
    _ = fields["assertion"].flatMap { Assertion(compact: $0) }
}

/// A document that is read must also be writable, and read again as the same.
private func readSeed(_ input: [UInt8]) {
    guard var state = try? StateDocument.read(input), let written = try? StateDocument.write(state) else { return }
    precondition((try? StateDocument.read(written)) != nil, "a document that was written cannot be read")
    var random = SeededRandom(seed: 1)
    state.generateMissingValues(using: &random)
    try? state.validate()
}

extension Data {
    fileprivate var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
