import { LightningElement, api, wire } from 'lwc';
import next from '@salesforce/apex/TideClient.next';
import unavailable from '@salesforce/label/c.Tide_Unavailable';

export default class TideStrip extends LightningElement {
    @api town;
    unavailable = unavailable;
    tide;
    failed = false;

    @wire(next, { town: '$town' })
    wiredTide({ data, error }) {
        this.tide = data;
        this.failed = Boolean(error);
    }
}
