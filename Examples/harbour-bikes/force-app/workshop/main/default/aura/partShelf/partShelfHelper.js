({
    load: function (component) {
        var action = component.get('c.shelf');
        action.setParams({ category: component.get('v.category') });
        action.setCallback(this, function (response) {
            if (response.getState() === 'SUCCESS') {
                component.set('v.parts', response.getReturnValue());
            }
        });
        $A.enqueueAction(action);
    },

    take: function (component, partId) {
        var self = this;
        var action = component.get('c.take');
        action.setParams({ partId: partId, pieces: 1 });
        action.setCallback(this, function (response) {
            if (response.getState() === 'SUCCESS') {
                self.load(component);
            } else {
                var toast = $A.get('e.force:showToast');
                toast.setParams({ type: 'error', message: response.getError()[0].message });
                toast.fire();
            }
        });
        $A.enqueueAction(action);
    }
})
