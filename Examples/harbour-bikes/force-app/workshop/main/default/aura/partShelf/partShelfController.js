({
    doInit: function (component, event, helper) {
        helper.load(component);
    },

    takeOne: function (component, event, helper) {
        helper.take(component, event.getSource().get('v.value'));
    }
})
