internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Subprocess

/// A headless Chromium, driven by chromedriver's JSON protocol ("WebDriver", W3C).
struct Browser: Sendable {
    /// An error of chromedriver, with its message.
    struct Refused: Error, CustomStringConvertible {
        let description: String
        /// WebDriver's name of the error.
        var code: String?
    }

    /// An element of the current page. It becomes invalid with the page.
    struct Element: Sendable {
        fileprivate let id: String
    }

    /// The folder for downloads.
    let downloads: String
    private let session: String

    /// Runs the body with a new browser. Throws if Chromium or chromedriver is missing, because the test must not pass
    /// then.
    ///
    /// - Parameter home: A folder of the test, for everything that the browser writes.
    static func run<Result: Sendable>(home: String, _ body: (Browser) async throws -> Result) async throws -> Result {
        let driver = try find("chromedriver")
        let downloads = home + "/downloads"
        try FileManager.default.createDirectory(atPath: downloads, withIntermediateDirectories: true)
        let environment = Subprocess.Environment.inherit.updating(["HOME": home])
        let (result, _) = try await AprityProcess.server(
            driver, ["--port=0"], environment: environment, ready: port(in:)
        ) { port in
            let browser = try await start("http://127.0.0.1:\(port)", downloads: downloads)
            do {
                let result = try await body(browser)
                try await browser.close()
                return result
            } catch {
                try? await browser.close()
                throw error
            }
        }
        return result
    }

    private static func find(_ program: String) throws -> String {
        let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let paths = search.split(separator: ":").map { String($0) + "/" + program }
        guard let path = paths.first(where: { access($0, X_OK) == 0 }) else {
            throw Refused(description: "\(program) is not installed; the packages chromium and chromium-driver have it")
        }
        return path
    }

    private static func port(in line: String) -> Int? {
        guard line.contains("started successfully"), let number = line.split(separator: " ").last else { return nil }
        return Int(number.filter(\.isNumber))
    }

    private static func start(_ url: String, downloads: String) async throws -> Browser {
        // Chromium's sandbox does not work for root, which containers often run as.
        let arguments =
            ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
            + (getuid() == 0 ? ["--no-sandbox"] : [])
        let options: [String: Any] = [
            "binary": try find("chromium"), "args": arguments,
            "prefs": ["download.default_directory": downloads, "download.prompt_for_download": false],
        ]
        let wanted = ["capabilities": ["alwaysMatch": ["browserName": "chrome", "goog:chromeOptions": options]]]
        let value = try await send(.POST, url + "/session", wanted)
        guard let id = (value as? [String: Any])?["sessionId"] as? String else {
            throw Refused(description: "no session: \(value)")
        }
        let browser = Browser(downloads: downloads, session: "\(url)/session/\(id)")
        // Finding an element waits until it exists, so tests need not wait.
        try await browser.send("/timeouts", ["implicit": 15_000])
        return browser
    }

    private func close() async throws { _ = try await Self.send(.DELETE, session, nil) }

    // MARK: The page

    func open(_ url: String) async throws { try await send("/url", ["url": url]) }

    var url: String {
        get async throws { try await Self.send(.GET, session + "/url", nil) as? String ?? "" }
    }

    /// - Parameter css: A selector. Waits for it for up to 15 seconds.
    func find(_ css: String) async throws -> Element { try await find(css, by: "css selector") }

    private func find(_ what: String, by strategy: String) async throws -> Element {
        let value = try await send("/element", ["using": strategy, "value": what])
        guard let id = (value as? [String: String])?.values.first else { throw Refused(description: "no \(what)") }
        return Element(id: id)
    }

    func click(_ css: String) async throws { try await onElement(css, click) }

    /// Clicks the link with exactly this text, and waits for its page.
    func follow(_ text: String) async throws {
        try await leavingPage { try await onElement(text, by: "link text", click) }
    }

    /// Clicks the link with exactly this text, which stays on the page, such as a download.
    func click(link text: String) async throws { try await onElement(text, by: "link text", click) }

    /// Clicks the button with exactly this text, and waits for its page.
    func press(_ text: String) async throws {
        try await leavingPage { try await clickButton(text) }
    }

    /// Clicks the button with exactly this text, which opens another tab, and continues in that tab.
    func pressOpeningTab(_ text: String) async throws {
        let before = try await tabs
        try await clickButton(text)
        try await until("there is no other tab") {
            guard let new = try await tabs.first(where: { !before.contains($0) }) else { return false }
            try await send("/window", ["handle": new])
            return try await url.hasPrefix("http")
        }
    }

    /// Clicks an element that leads to another page, and waits for that page.
    func leave(by css: String) async throws { try await leavingPage { try await click(css) } }

    private func clickButton(_ text: String) async throws {
        try await onElement("//button[normalize-space()='\(text)']", by: "xpath", click)
    }

    private var tabs: [String] {
        get async throws { try await Self.send(.GET, session + "/window/handles", nil) as? [String] ?? [] }
    }

    /// A click returns before the new page is loaded. So this marks the old page and waits until the mark is gone.
    private func leavingPage(_ act: () async throws -> Void) async throws {
        try await run("window.isOfBefore = true")
        try await act()
        try await until("the page stayed") {
            do {
                return try await run("return !window.isOfBefore && document.readyState === 'complete'") as? Bool
                    ?? false
            } catch let refusal as Refused where refusal.code == "javascript error" {
                return false
            }
        }
    }

    /// Polls for at most half a minute; the browser's response time is the pause in between.
    func until(_ otherwise: String, _ isSo: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await !isSo() {
            guard ContinuousClock.now < end else { throw Refused(description: otherwise) }
        }
    }

    private func click(_ element: Element) async throws { try await send("/element/\(element.id)/click", [:]) }

    func type(_ text: String, into css: String) async throws {
        try await onElement(css) { try await send("/element/\($0.id)/value", ["text": text]) }
    }

    /// Types the text, presses Enter, and waits for the next page.
    func enter(_ text: String, into css: String) async throws {
        try await leavingPage { try await type(text + "\n", into: css) }
    }

    /// Presses the Tab key, which moves the focus.
    func pressTab() async throws {
        let tab = "\u{E004}"  // "Keyboard actions" in the W3C's WebDriver
        let actions = ["keyDown", "keyUp"].map { ["type": $0, "value": tab] }
        try await send("/actions", ["actions": [["type": "key", "id": "keyboard", "actions": actions]]])
    }

    /// Returns the visible text of an element.
    func text(_ css: String) async throws -> String {
        try await onElement(css) {
            try await Self.send(.GET, "\(session)/element/\($0.id)/text", nil) as? String ?? ""
        }
    }

    /// Whether an element has this text, now or after the page of the last click is loaded.
    func shows(_ expected: String, in css: String) async throws -> Bool {
        do {
            try await until("") { try await text(css) == expected }
            return true
        } catch let refusal as Refused where refusal.description.isEmpty {
            return false
        }
    }

    /// Acts on the element of a selector. If a new page replaces the old one in between, acts on the new one's element.
    @discardableResult
    private func onElement<Value>(
        _ what: String, by strategy: String = "css selector", _ act: (Element) async throws -> Value
    ) async throws -> Value {
        for _ in 0..<20 {
            do { return try await act(try await find(what, by: strategy)) } catch let refusal as Refused {
                guard refusal.code == "stale element reference" else { throw refusal }
            }
        }
        return try await act(try await find(what, by: strategy))
    }

    /// Returns the present texts of all elements, also of those in closed details.
    func texts(_ css: String) async throws -> [String] {
        let script = "return Array.from(document.querySelectorAll(arguments[0])).map(e => e.textContent.trim())"
        return try await run(script, css) as? [String] ?? []
    }

    /// Returns the present number of elements.
    func count(_ css: String) async throws -> Int {
        try await run("return document.querySelectorAll(arguments[0]).length", css) as? Int ?? 0
    }

    /// Whether the page is wider than the window.
    var scrollsSideways: Bool {
        get async throws {
            let isWider = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
            return try await run(isWider) as? Bool ?? true
        }
    }

    @discardableResult
    func run(_ script: String, _ arguments: String...) async throws -> Any {
        try await send("/execute/sync", ["script": script, "args": arguments])
    }

    /// Runs a script that passes its result to its last argument, a function.
    func runUntilCalled(_ script: String) async throws -> Any {
        try await send("/execute/async", ["script": script, "args": [] as [String]])
    }

    /// The errors of the page's scripts and of its security policy.
    var complaints: [String] {
        get async throws {
            let log = try await send("/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
            return log.compactMap { $0["message"] as? String }
        }
    }

    // MARK: How it looks

    enum Scheme: String, CaseIterable, Sendable {
        case light, dark
    }

    func show(width: Int, height: Int = 900, scheme: Scheme = .light) async throws {
        try await command(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
        try await command(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": scheme.rawValue]]])
    }

    /// Saves a screenshot for inspection, if the environment names a folder.
    func saveScreenshot(_ name: String) async throws {
        guard let folder = ProcessInfo.processInfo.environment["APRITY_SCREENSHOT_FOLDER"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await screenshot().write(to: URL(filePath: folder).appending(path: name + ".png"))
    }

    /// Returns a PNG of the page.
    ///
    /// - Parameter isWhole: `false` for the part in the window only.
    func screenshot(isWhole: Bool = true) async throws -> Data {
        let value = try await command("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": isWhole])
        let text = (value as? [String: Any])?["data"] as? String
        guard let data = text.flatMap({ Data(base64Encoded: $0) }) else { throw Refused(description: "no screenshot") }
        return data
    }

    /// Sends a command of Chromium's own protocol.
    @discardableResult
    private func command(_ name: String, _ parameters: [String: Any]) async throws -> Any {
        try await send("/goog/cdp/execute", ["cmd": name, "params": parameters])
    }

    // MARK: The protocol

    @discardableResult
    private func send(_ path: String, _ body: [String: Any]) async throws -> Any {
        try await Self.send(.POST, session + path, body)
    }

    private static func send(_ method: HTTPMethod, _ url: String, _ body: [String: Any]?) async throws -> Any {
        var request = HTTPClientRequest(url: url)
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let reply = try JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? [String: Any]
        let value = reply?["value"] ?? NSNull()
        guard response.status == .ok else {
            let message = (value as? [String: Any])?["message"] as? String
            throw Refused(
                description: message ?? "status \(response.status.code)",
                code: (value as? [String: Any])?["error"] as? String)
        }
        return value
    }
}
