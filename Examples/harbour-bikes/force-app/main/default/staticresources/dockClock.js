(function (root) {
    'use strict';

    function pad(number) {
        return String(number).padStart(2, '0');
    }

    /* The colon blinks, so that a frozen screen is noticed. */
    root.dockClock = function (element) {
        var tick = function () {
            var now = new Date();
            var colon = now.getSeconds() % 2 ? ':' : ' ';
            element.textContent = pad(now.getHours()) + colon + pad(now.getMinutes());
        };
        tick();
        return setInterval(tick, 1000);
    };
})(window);
