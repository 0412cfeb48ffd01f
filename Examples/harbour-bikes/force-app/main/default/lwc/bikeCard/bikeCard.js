import { LightningElement, api } from 'lwc';

const LOW = 25;

export default class BikeCard extends LightningElement {
    @api bike = {};

    get sizeText() {
        return this.bike.Frame_Size__c ? `Size ${this.bike.Frame_Size__c}` : 'Any size';
    }

    get batteryText() {
        return `${this.bike.Battery_Percent__c ?? 0} %`;
    }

    get batteryStyle() {
        return `width: ${this.bike.Battery_Percent__c ?? 0}%`;
    }

    get batteryClass() {
        return (this.bike.Battery_Percent__c ?? 0) < LOW ? 'battery battery_low' : 'battery';
    }

    handleHire() {
        this.dispatchEvent(new CustomEvent('hire', { detail: { bikeId: this.bike.Id } }));
    }
}
