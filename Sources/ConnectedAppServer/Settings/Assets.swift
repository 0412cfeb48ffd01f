internal import HTTPTypes
internal import Hummingbird

/// Serves the style sheet, the script and the icon. They contain no user data, so they need no session. The templates
/// contain their paths.
enum Assets {
    static func add(to router: Router<ServerContext>) {
        add("settings.css", "text/css; charset=utf-8", PackageResources.settings_css, to: router)
        add("test-run.js", "text/javascript; charset=utf-8", PackageResources.test_run_js, to: router)
        add("copy.js", "text/javascript; charset=utf-8", PackageResources.copy_js, to: router)
        add("live.js", "text/javascript; charset=utf-8", PackageResources.live_js, to: router)
        add("icon.svg", "image/svg+xml", PackageResources.icon_svg, to: router)
    }

    private static func add(_ name: String, _ type: String, _ bytes: [UInt8], to router: Router<ServerContext>) {
        let body = ByteBuffer(bytes: bytes)
        router.get("/assets/\(name)") { _, _ in
            Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: body))
        }
    }
}
